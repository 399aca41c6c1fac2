// A page of the guide that a journey follows.
//
//   ## 2. A referral becomes a case     a step: `<!-- step: referral -->` stands under its heading
//   **Referrals**                       what stands on a page: pressed, filled in, or seen
//   `Victim`                            what is typed or chosen
//   ![…](../images/pages/referral.png)  a picture taken there
//
// A step of the page and the code of its name must say the same: whatever only one of them has is a
// fault. What stands between ``` is for the terminal and is not compared.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';

const all = (text, pattern) => new Set([...text.matchAll(pattern)].map((match) => match[1].replace(/\s+/g, ' ')));

export class Guide {
  static async read(file) {
    const text = (await readFile(file, 'utf8')).replace(/```[\s\S]*?```/g, '');
    const parts = text.split(/<!-- step: ([a-z-]+) -->/).slice(1);
    const guide = new Guide();
    guide.steps = new Map();
    for (let at = 0; at < parts.length; at += 2) {
      const body = parts[at + 1].split(/^## /m)[0];
      guide.steps.set(parts[at], {
        shown: all(body, /\*\*(.+?)\*\*/gs),
        typed: all(body, /`([^`]+)`/g),
        pictures: all(body, /!\[[^\]]*\]\([^)]*\/([a-z-]+)\.png\)/g),
      });
    }
    return guide;
  }

  // Walks every step in the order of the page. Each gets a diary of what it used.
  async follow(steps) {
    assert.deepEqual([...this.steps.keys()], Object.keys(steps), 'the steps of the page and of the code');
    for (const [name, wanted] of this.steps) {
      const used = { shown: new Set(), typed: new Set(), pictures: new Set() };
      const diary = {
        shown: (text) => used.shown.add(text),
        typed: (text) => used.typed.add(text),
        picture: (text) => used.pictures.add(text),
      };
      try {
        await steps[name](diary);
      } catch (error) {
        error.message = `step "${name}": ${error.message}`;
        throw error;
      }
      for (const part of ['shown', 'typed', 'pictures']) {
        assert.deepEqual([...used[part]].sort(), [...wanted[part]].sort(), `step "${name}": ${part}`);
      }
    }
  }
}
