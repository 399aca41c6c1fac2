// A browser of one person, which checks every page it opens.
import { AxeBuilder } from '@axe-core/playwright';
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { ahead } from './clock.mjs';

const PATIENCE_MS = 180_000;
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
const NARROW = { width: 320, height: 800 };
const WIDE = { width: 1366, height: 900 };

const PASSWORD = 'tractor violet onion';

// Where nobody wants to know what a person used: see `tour.mjs`.
const NO_DIARY = { shown() {}, typed() {} };

function totp(seed, step) {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
  const bits = [...seed].map((sign) => letters.indexOf(sign).toString(2).padStart(5, '0')).join('');
  const key = Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
  const count = Buffer.alloc(8);
  count.writeBigUInt64BE(BigInt(step));
  const digest = createHmac('sha1', key).update(count).digest();
  const number = digest.readUInt32BE(digest[19] & 15) & 0x7fffffff;
  return String(number % 1_000_000).padStart(6, '0');
}

export class Person {
  // A person who proves with a certificate who they are. `screen` says what they look through:
  // `viewport` in CSS pixels, `deviceScaleFactor`.
  static async withCertificate(browser, gateway, user, screen = {}) {
    const { certPath, keyPath } = gateway.people[user];
    return Person.#at(browser, gateway.certificates, {
      ...screen, clientCertificates: [{ origin: gateway.certificates, certPath, keyPath }],
    });
  }

  // A person who has not proved anything yet. `viewport` is what their screen shows, in CSS pixels;
  // `elsewhere` is another origin that the browser may go to.
  static async anonymous(browser, origin, { viewport = WIDE, elsewhere } = {}) {
    return Person.#at(browser, origin, { viewport }, elsewhere);
  }

  static async #at(browser, origin, options, elsewhere) {
    const context = await browser.newContext({
      viewport: WIDE, ...options, ignoreHTTPSErrors: true, reducedMotion: 'reduce',
    });
    // A machine under load is slow, and no fault of a page's.
    context.setDefaultTimeout(PATIENCE_MS);
    const person = new Person();
    Object.assign(person, {
      origin, context, page: await context.newPage(), heard: [], strange: [], diary: NO_DIARY,
      viewport: options.viewport ?? WIDE,
    });
    person.also = [];
    person.page.on('console', (message) => person.heard.push(message.text()));
    person.page.on('pageerror', (error) => person.heard.push(String(error)));
    person.page.on('request', (request) => {
      const known = [origin, elsewhere].some((one) => one && request.url().startsWith(one));
      if (!known) person.strange.push(request.url());
    });
    return person;
  }

  // Opens every page that links lead to from here, one of each kind, and checks it. A kind is an
  // address without its numbers and identifiers, and without what stands after its second part when
  // it has four (a cell of the policy's matrix). Gives the addresses.
  async wander(from = '/') {
    const todo = [from];
    const kinds = new Set();
    const opened = [];
    const faults = [];
    for (let at = todo.shift(); at; at = todo.shift()) {
      const [path, query = ''] = at.split('?');
      const names = [...new URLSearchParams(query).keys()].sort().join('&');
      const shape = path.replace(/[0-9a-f-]{32,}/g, 'ID').replace(/\d+/g, 'N').replace(/^(\/[^/]+\/[^/]+)\/[^/]+\/[^/]+$/, '$1/…');
      const kind = `${shape}?${names}`;
      if (kinds.has(kind)) continue;
      kinds.add(kind);
      await this.open(at).catch((fault) => faults.push(fault.message));
      this.heard = [];
      opened.push(path);
      todo.push(...await this.#links());
    }
    assert.deepEqual(faults, []);
    return opened;
  }

  // Where links of this page lead: not to the other language, files, copies, or out of the session.
  async #links() {
    const links = await this.page.locator('a[href^="/"]:not([download])').evaluateAll(
      (all) => all.map((link) => link.getAttribute('href').split('#')[0]),
    );
    const aside = /^\/(cy|assets|sign-out)(\/|$)|\/csv\b|\/policy\/casbin\/|\/copies\/\d|back=/;
    return links.filter((link) => !aside.test(link));
  }

  // Sets an account up with the code of an invitation; the person is signed in then.
  async setUp(user, invitation) {
    await this.open('/sign-in/invitation');
    await this.fill('User name', user);
    await this.fill('Invitation code', invitation);
    await this.press('Continue');
    this.user = user;
    this.seed = (await this.page.locator('code').first().innerText()).replace(/\s/g, '');
    await this.fill('New password', PASSWORD);
    await this.fill('New password again', PASSWORD);
    await this.fill('The 6 figures that the app shows now', await this.code());
    await this.press('Set up my account');
    await this.press('I have kept them: go on');
  }

  // Signs in on the page that asks for it.
  async signIn() {
    await this.fill('User name', this.user);
    await this.fill('Password', PASSWORD);
    await this.press('Continue');
    await this.fill('Code', await this.code());
    await this.press('Sign in');
  }

  // What this person's app shows (RFC 6238), in a half minute whose code was not used yet.
  async code() {
    const step = () => Math.floor((Date.now() / 1_000 + ahead()) / 30);
    while (step() === this.used) await new Promise((later) => setTimeout(later, 500));
    this.used = step();
    return totp(this.seed, this.used);
  }

  // Opens a page by its address, and checks it.
  async open(path, { status = 200 } = {}) {
    const answer = await this.page.goto(this.origin + path);
    assert.equal(answer.status(), status, `${path}: status`);
    // The browser's own note about a status is not the page's.
    if (status >= 400) this.heard = this.heard.filter((text) => !text.includes(`status of ${status}`));
    await this.check();
  }

  // Follows a link or presses a button by its name, waits for the page behind it, and checks it.
  async press(name, { role = 'button', exact = true, inside = 'body' } = {}) {
    this.diary.shown(name);
    await Promise.all([
      this.page.waitForNavigation({ waitUntil: 'load' }),
      this.page.locator(inside).getByRole(role, { name, exact }).first().click(),
    ]);
    await this.check();
  }

  follow(name, options = {}) { return this.press(name, { role: 'link', ...options }); }

  // Fills a field by its label; of several such fields the one in the group of this name.
  fill(label, value, group) {
    this.diary.typed(value);
    return this.#field(label, group).fill(value);
  }

  choose(label) {
    this.diary.shown(label);
    return this.page.getByLabel(label, { exact: true }).check();
  }

  // Answers a question that has its answers below it; where it is put several times, the last one.
  async answer(question, answer) {
    this.diary.shown(question);
    this.diary.typed(answer);
    await this.#group(question).last().getByLabel(answer, { exact: true }).check();
  }

  select(label, value, group) {
    this.diary.typed(value);
    return this.#field(label, group).selectOption(value);
  }

  #group(name) { return this.page.getByRole('group', { name, exact: true }); }

  #field(label, group) {
    this.diary.shown(label);
    if (group) this.diary.shown(group);
    return (group ? this.#group(group) : this.page).getByLabel(label, { exact: true }).and(this.page.locator(':visible'));
  }

  // What a reader sees.
  async words() { return (await this.page.locator('body').innerText()).replace(/\s+/g, ' '); }

  async sees(text) {
    this.diary.shown(text);
    assert.ok((await this.words()).includes(text), `${this.#here()} does not say "${text}"`);
  }

  // Waits until the page says it by itself.
  async waits(text) {
    this.diary.shown(text);
    await this.page.waitForFunction((wanted) => document.body.innerText.includes(wanted), text);
    await this.check();
  }

  async seesNot(text) { assert.ok(!(await this.words()).includes(text), `${this.#here()} says "${text}"`); }

  heading() { return this.page.locator('h1').innerText(); }

  // Everything that holds for every page, and what a journey holds for its own (`also`).
  async check() {
    const here = this.#here();
    const shape = await this.page.evaluate(() => ({
      headings: document.querySelectorAll('h1').length,
      title: document.title,
      lang: document.documentElement.lang,
      inline: document.querySelectorAll('[style], script:not([src]), [onclick], [onload]').length,
    }));
    assert.equal(shape.headings, 1, `${here}: one h1`);
    assert.ok(shape.title.length > 3, `${here}: a title`);
    const welsh = new URL(this.page.url()).pathname.match(/^\/cy(\/|$)/);
    assert.equal(shape.lang, welsh ? 'cy' : 'en-GB', `${here}: lang`);
    assert.equal(shape.inline, 0, `${here}: nothing inline`);
    const { violations } = await new AxeBuilder({ page: this.page }).withTags(TAGS).analyze();
    const found = violations.map((one) => `${one.id}: ${one.nodes.map((node) => node.html).join(' | ')}`);
    assert.deepEqual(found, [], `${here}: axe`);
    await this.page.setViewportSize(NARROW);
    const wide = await this.page.evaluate(() => document.documentElement.scrollWidth);
    await this.page.setViewportSize(this.viewport);
    assert.ok(wide <= NARROW.width, `${here}: ${wide} px wide at ${NARROW.width} px`);
    // The browser's own notes: a form came back with faults, and signing out cleared what it kept.
    this.heard = this.heard.filter((text) => !/status of 422|^Clear-Site-Data header/.test(text));
    assert.deepEqual(this.heard, [], `${here}: console`);
    assert.deepEqual(this.strange, [], `${here}: requests to elsewhere`);
    for (const hold of this.also) await hold(this.page, here);
  }

  // Reaches an element with the tabulator key alone and presses Enter on it.
  async reach(name, { key = 'Enter', most = 80 } = {}) {
    for (let steps = 0; steps < most; steps += 1) {
      await this.page.keyboard.press('Tab');
      const text = await this.page.evaluate(() => document.activeElement?.textContent?.trim() ?? '');
      if (text === name || text.startsWith(`${name} `)) {
        await Promise.all([this.page.waitForNavigation(), this.page.keyboard.press(key)]);
        return this.check();
      }
    }
    assert.fail(`${this.#here()}: "${name}" cannot be reached by keyboard`);
  }

  close() { return this.context.close(); }

  #here() { return new URL(this.page.url()).pathname; }
}
