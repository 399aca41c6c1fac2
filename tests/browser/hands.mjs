// A person who has no mouse: Tab, Shift+Tab, Enter, the space bar, arrows and letters. Wherever the
// focus comes on the way, it shows, it is in view, and it goes down the page.
import assert from 'node:assert/strict';
import { move, rest } from './focus.mjs';

const MOST = 400;

export class Hands {
  // `person` is a `Person` whose mouse is not used from here on.
  constructor(person) {
    this.person = person;
    this.page = person.page;
  }

  // Types an address.
  async open(path) {
    await this.person.open(path);
    await rest(this.page);
  }

  // Passes the navigation by the link that is there for it.
  async skip() {
    const link = await this.#tab();
    assert.equal(link.name, 'Skip to main content', 'the first place on a page');
    await this.page.keyboard.press('Enter');
    const there = await this.page.evaluate(() => document.activeElement.id);
    assert.equal(there, 'main-content', 'the skip link leads to the main part');
    const next = await this.#tab();
    const inside = await this.page.evaluate(() => Boolean(document.activeElement.closest('main')));
    assert.ok(inside, `after the skip link "${next.name}" has the focus, outside the main part`);
  }

  // Goes one place on and one back, and is where it was.
  async thereAndBack() {
    const mark = () => this.page.evaluate(() => { window.gwMark = document.activeElement; });
    const same = () => this.page.evaluate(() => window.gwMark === document.activeElement);
    await mark();
    await this.page.keyboard.press('Tab');
    assert.equal(await same(), false, 'the focus does not move on');
    await this.page.keyboard.press('Shift+Tab');
    assert.equal(await same(), true, 'Shift+Tab does not lead back');
  }

  // Goes to the field, link or button of this name: of several, to the one in this group, or in the
  // line of a table with these words.
  async to(name, { group, row } = {}) {
    for (let steps = 0; steps < MOST; steps += 1) {
      const at = await this.#tab();
      if (is(at, name, { group, row })) return at;
    }
    return assert.fail(`${this.page.url()}: "${name}" cannot be reached by keyboard`);
  }

  async type(name, text, group) {
    await this.to(name, { group });
    await this.page.keyboard.type(text);
  }

  // Types the same into every field of this name, up to the button that ends the form.
  async typeEach(name, text, button) {
    let typed = 0;
    for (let steps = 0; steps < MOST; steps += 1) {
      const at = await this.#tab();
      if (is(at, button)) break;
      if (is(at, name)) {
        await this.page.keyboard.type(text);
        typed += 1;
      }
    }
    assert.ok(typed > 0, `no field is called "${name}"`);
    return this.enter();
  }

  // Opens no list: the arrows change what is chosen.
  async select(name, option, group) {
    await this.to(name, { group });
    const chosen = () => this.page.evaluate(() => {
      const list = document.activeElement;
      return list.options[list.selectedIndex].text.trim();
    });
    for (let steps = 0; steps < 60 && await chosen() !== option; steps += 1) {
      await this.page.keyboard.press('ArrowDown');
    }
    assert.equal(await chosen(), option, name);
  }

  // Answers a question that has its answers below it.
  async answer(question, answer) {
    let at = await this.#tab();
    for (let steps = 0; steps < MOST && !at.groups.includes(question); steps += 1) at = await this.#tab();
    for (let steps = 0; steps < 20 && at.short !== answer; steps += 1) at = await this.#moved('ArrowDown');
    assert.equal(at.short, answer, question);
    if (!await this.#checked()) await this.page.keyboard.press('Space');
    assert.ok(await this.#checked(), `"${answer}" is not chosen`);
  }

  #checked() { return this.page.evaluate(() => document.activeElement.checked); }

  // Presses what is called this, and waits for the page behind it.
  async press(name, { row, key = 'Enter' } = {}) {
    await this.to(name, { row });
    await this.enter(key);
  }

  async enter(key = 'Enter') {
    await Promise.all([
      this.page.waitForNavigation({ waitUntil: 'load' }),
      this.page.keyboard.press(key),
    ]);
    await this.person.check();
    await rest(this.page);
  }

  // One place on. Only the end of the page may lead back to its beginning.
  async #tab() {
    const at = await this.#moved('Tab');
    assert.ok(at.onward || at.again, `${this.page.url()}: the focus goes back to "${at.name}"`);
    return at;
  }

  async #moved(key) {
    const at = await move(this.page, key) ?? await move(this.page, key);
    assert.ok(at, `${this.page.url()}: nothing takes the focus`);
    assert.ok(at.shows, `${this.page.url()}: nothing shows that "${at.name}" (${at.kind}) has the focus`);
    assert.ok(at.free, `${this.page.url()}: "${at.name}" (${at.kind}) has the focus and is hidden`);
    return at;
  }

  close() { return this.person.close(); }
}

function is(at, name, { group, row } = {}) {
  return [at.name, at.short].includes(name)
    && (!group || at.groups.includes(group))
    && (!row || at.row.includes(row));
}
