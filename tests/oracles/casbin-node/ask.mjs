// Puts questions to Casbin's JavaScript implementation over a published policy.
//
//     node ask.mjs model.conf policy.csv questions
//
// Each line of `questions` is a JSON list of the words of one request. The answer to each is a line
// `true` or `false`, in the same order; the first line says how many rows were loaded.

import { readFileSync } from "node:fs";
import { newEnforcer } from "casbin";

const anyOf = (value, cell) => cell === "*" || cell.split("|").includes(value);

const atMost = (level, upto) => {
  const [one, other] = [level.charAt(0), upto.charAt(0)];
  const rung = /^[0-4]$/;
  return rung.test(one) && rung.test(other) && one <= other;
};

const [model, policy, questions] = process.argv.slice(2);
const enforcer = await newEnforcer(model, policy);
await enforcer.addFunction("anyOf", anyOf);
await enforcer.addFunction("atMost", atMost);
const answers = [String((await enforcer.getPolicy()).length)];
for (const line of readFileSync(questions, "ascii").split("\n")) {
  if (line !== "") {
    answers.push(String(await enforcer.enforce(...JSON.parse(line))));
  }
}
process.stdout.write(`${answers.join("\n")}\n`);
