// The words of the pages in both languages, read from the catalogues that the pages are made of
// (Fluent, https://projectfluent.org/fluent/guide/).
import assert from 'node:assert/strict';
import { readFile, readdir } from 'node:fs/promises';

const folded = (text) => text.replace(/[\u2068\u2069]/g, '').replace(/\s+/g, ' ').trim();
const literal = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replace(/\s+/g, '\\s+');

// Messages that fill in a word have at least so many letters of their own, or they would fit anything.
const TELLING = 8;

export class Catalogue {
  // Reads `<folder>/en` and `<folder>/cy`. What the partnership's vocabulary says too is not ours: it has
  // its words in one language.
  static async read(folder, vocabulary) {
    const catalogue = new Catalogue();
    catalogue.english = await messages(`${folder}/en`);
    catalogue.welsh = await messages(`${folder}/cy`);
    const welsh = new Set(catalogue.welsh.values());
    catalogue.terms = new Set([...(await readFile(vocabulary, 'utf8')).matchAll(/"([^"]*)"/g)].map(([, term]) => term));
    catalogue.known = [...catalogue.english]
      .filter(([key, value]) => /\p{L}{2}/u.test(value) && value !== catalogue.welsh.get(key) && !welsh.has(value))
      .map(([key, value]) => ({ key, exact: !value.includes('{'), fits: new RegExp(`^${pattern(value)}$`, 'u'), own: letters(value) }))
      .filter(({ exact, own }) => exact || own >= TELLING);
    return catalogue;
  }

  // What a page says in Welsh where it says this in English; `area` is the file that it stands in.
  say(english, area) {
    const found = [...this.english].filter(([key, value]) => value === english && key.startsWith(`${area}-`));
    const said = new Set(found.map(([key]) => this.welsh.get(key)));
    assert.equal(said.size, 1, `"${english}" of ${area}.ftl is ${said.size} things in Welsh`);
    return [...said][0];
  }

  // The key of the English message that this text is, if it is one.
  key(text) {
    const wanted = folded(text);
    if (this.terms.has(wanted)) return undefined;
    return this.known.find(({ fits }) => fits.test(wanted))?.key;
  }

  // Everything on the page that is English out of the catalogue, as `key: text`. What is marked as
  // English (`lang`) is meant to be.
  async englishOn(page) {
    const texts = await page.evaluate(() => {
      const found = new Set([document.title.split(' – ')[0]]);
      const own = (one) => !one.closest('[lang|="en"]:not(html), script, style');
      for (const one of document.querySelectorAll('[aria-label], [title], [placeholder], [alt]')) {
        for (const name of ['aria-label', 'title', 'placeholder', 'alt']) {
          if (own(one) && one.hasAttribute(name)) found.add(one.getAttribute(name));
        }
      }
      const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
      for (let text = walk.nextNode(); text; text = walk.nextNode()) {
        if (text.data.trim() && own(text.parentElement)) found.add(text.data);
      }
      return [...found];
    });
    // Several messages may stand in one text, one after the other.
    const parts = texts.flatMap((text) => [text, ...text.split(/[,;:]\s|\.\s+(?=\p{Lu})/u)]);
    return [...new Set(parts)].flatMap((text) => {
      const key = this.key(text);
      return key ? [`${key}: ${folded(text)}`] : [];
    });
  }
}

// Every message of a folder by its key; comments and terms are left out.
async function messages(folder) {
  const found = new Map();
  for (const name of await readdir(folder)) {
    const text = await readFile(`${folder}/${name}`, 'utf8');
    for (const [, key, value] of text.matchAll(/^([a-z][a-z0-9-]*) = ?(.*(?:\n(?:[ \t}].*|$))*)/gm)) {
      found.set(key, value.includes('{') ? value : folded(value));
    }
  }
  return found;
}

// A regular expression of everything that a message can say.
function pattern(text) {
  let made = '';
  for (let at = 0; at < text.length;) {
    const open = text.indexOf('{', at);
    if (open < 0) return made + literal(text.slice(at).trimEnd());
    const close = closing(text, open);
    made += literal(text.slice(at, open)) + placeable(text.slice(open + 1, close).trim());
    at = close + 1;
  }
  return made;
}

function closing(text, open) {
  let depth = 0;
  for (let at = open; at < text.length; at += 1) {
    if (text[at] === '{') depth += 1;
    if (text[at] === '}') depth -= 1;
    if (depth === 0) return at;
  }
  throw new Error(`no end of ${text.slice(open)}`);
}

function placeable(inner) {
  if (!inner.includes('->')) return inner.startsWith('"') ? literal(inner.slice(1, -1)) : '.+?';
  return `(?:${variants(inner).map(pattern).join('|')})`;
}

// The forms between which a number or a word decides; one, of no letters, where nothing does.
function variants(inner) {
  const arrow = inner.indexOf('->');
  if (arrow < 0) return [''];
  return inner.slice(arrow + 2).split(/\n\s*\*?\[[^\]]+\]/).map((one) => one.trim()).filter(Boolean);
}

// How many letters of a message are its own, in the shortest of its forms.
function letters(text) {
  let own = 0;
  for (let at = 0; at < text.length;) {
    const open = text.indexOf('{', at);
    const until = open < 0 ? text.length : open;
    own += [...text.slice(at, until).matchAll(/\p{L}/gu)].length;
    if (open < 0) break;
    const close = closing(text, open);
    own += Math.min(...variants(text.slice(open + 1, close)).map(letters));
    at = close + 1;
  }
  return own;
}
