// The demonstration, started as a newcomer starts it, and what it prints read as a newcomer reads it.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

export class Demo {
  // Starts `stile demo` and reads until it says that it goes on running.
  static async start(stile) {
    const child = spawn(stile, ['demo'], { stdio: ['pipe', 'pipe', 'inherit'] });
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const demo = new Demo();
    Object.assign(demo, { child, lines, origins: {}, password: undefined, used: new Map(), said: [] });
    for (;;) {
      const line = await demo.#line();
      const [, place, origin] = line.match(/^ {2}(.+?) +(https:\/\/\S+)$/) ?? [];
      if (place) demo.origins[place] = origin;
      demo.password ??= line.match(/^ {2}password +(.+)$/)?.[1];
      if (line.includes('go on running')) return demo;
    }
  }

  async #line() {
    const { value, done } = await this.lines.next();
    if (done) throw new Error(`the demonstration ended:\n${this.said.slice(-30).join('\n')}`);
    this.said.push(value);
    return value;
  }

  // Presses Enter and reads somebody's code; a used one is never given again.
  async code(place, user) {
    for (;;) {
      this.child.stdin.write('\n');
      let found;
      for (let line = await this.#line(); ; line = await this.#line()) {
        const [, where, codes] = line.match(/^ {2}(.+?) {2,}(\S+ \d{6}.*)$/) ?? [];
        if (where === place) found = codes.match(new RegExp(`${user.replace('.', '\\.')} (\\d{6})`))?.[1];
        if (where === Object.keys(this.origins).at(-1)) break;
      }
      if (!found) throw new Error(`no code for ${user} at ${place}`);
      const whose = `${place} ${user}`;
      if (this.used.get(whose) !== found) {
        this.used.set(whose, found);
        return found;
      }
      await new Promise((later) => setTimeout(later, 1_000));
    }
  }

  // Stops it as Ctrl-C does, and waits until it has ended.
  async stop() {
    const ended = new Promise((end) => this.child.once('exit', end));
    this.child.kill('SIGINT');
    await ended;
  }
}
