// The gateways' clock, which the scenario moves when a journey asks: nobody waits for time to pass.
import { createInterface } from 'node:readline';

let seconds = 0;
let answers;

// How far the gateways' clock is ahead of this machine's, in seconds.
export const ahead = () => seconds;

// Moves it on. The scenario reads this line, moves the clock, and answers with a line.
export async function advance(by) {
  answers ??= createInterface({ input: process.stdin })[Symbol.asyncIterator]();
  console.log(`@advance ${by}`);
  const { value } = await answers.next();
  if (value !== 'advanced') throw new Error(`the clock was not moved: ${value}`);
  seconds += by;
}
