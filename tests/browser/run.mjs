// Runs journeys: node run.mjs <facts.json> <folder> [part of a file name]
//
// The facts of the folder `journeys` say where the gateways are and who works there:
//   { case: number, hub: Gateway, police: Gateway, … }
//   Gateway = { certificates: origin, pages: origin, people: { user: { certPath, keyPath } },
//               invitations: { user: code } }
// Those of a journey in `alone` are its own.
import { chromium } from 'playwright-core';
import { readFile, readdir } from 'node:fs/promises';

const [factsFile, where, wanted = ''] = process.argv.slice(2);
const gateways = JSON.parse(await readFile(factsFile, 'utf8'));
const folder = new URL(`${where}/`, import.meta.url);
const files = (await readdir(folder)).filter((name) => name.endsWith('.mjs') && name.includes(wanted)).sort();
if (files.length === 0) {
  console.error(`no journey has "${wanted}" in its name`);
  process.exit(2);
}
const browser = await chromium.launch({
  executablePath: process.env.STILE_CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-dev-shm-usage'],
});
const failed = [];
for (const name of files) {
  const journey = await import(new URL(name, folder));
  const began = Date.now();
  try {
    await journey.walk({ browser, gateways });
    console.log(`ok      ${name} (${Date.now() - began} ms): ${journey.title}`);
  } catch (error) {
    failed.push(`${name}: ${error.message}`);
    console.log(`FAILED  ${name}: ${journey.title}\n${error.stack}`);
    for (const page of browser.contexts().flatMap((context) => context.pages())) {
      const words = await page.locator('main').innerText().catch(() => '');
      console.log(`at ${page.url()}:\n${words.replace(/\s+/g, ' ').slice(0, 2_500)}`);
    }
  }
  await Promise.all(browser.contexts().map((context) => context.close()));
}
await browser.close();
// At the end, where a log that is cut short still has it.
failed.forEach((fault) => console.log(`FAILED  ${fault}`));
console.log(`${files.length - failed.length} of ${files.length} journeys arrived`);
process.exit(failed.length === 0 ? 0 : 1);
