// Where the focus is on a page, as somebody without a mouse sees it.

// Notes how everything that can take the focus looks while it has none, and begins a new walk.
export function rest(page) {
  return page.evaluate(() => {
    // What a style of focus may change, of an element, of its labels, and of what is drawn beside them.
    const looks = (element) => [element, ...(element.labels ?? [])].flatMap((one) => [null, '::before', '::after'].map((part) => {
      const style = getComputedStyle(one, part);
      return [
        style.outlineStyle, style.outlineWidth, style.outlineColor, style.boxShadow, style.backgroundColor,
        style.borderTopWidth, style.borderTopColor, style.color,
      ].join();
    })).join('|');
    const looked = new WeakMap();
    const able = 'a[href], button, input, select, textarea, summary, [tabindex]';
    for (const one of document.querySelectorAll(able)) if (one !== document.activeElement) looked.set(one, looks(one));
    window.gwFocus = { looks, looked, been: new WeakSet(), before: null };
  });
}

// Presses Tab, or another key that moves the focus, and tells what has it then; `null` when nothing on
// the page has.
//   name, group  what it is called, and the legends of the groups it is in
//   row          the words of its line in a table
//   again        it had the focus before on this walk
//   shows        it looks otherwise than without the focus
//   free         it is in view and nothing lies over it
//   onward       it stands behind what had the focus before
export async function move(page, key = 'Tab') {
  await page.keyboard.press(key);
  return page.evaluate(() => {
    const { looks, looked, been, before } = window.gwFocus;
    const one = document.activeElement;
    if (!one || one === document.body) return null;
    const folded = (text) => (text ?? '').replace(/\s+/g, ' ').trim();
    const seen = (element) => {
      const copy = element.cloneNode(true);
      for (const hidden of copy.querySelectorAll('.govuk-visually-hidden')) hidden.remove();
      return folded(copy.textContent);
    };
    const own = one.labels?.[0] ?? one;
    const groups = [];
    for (let at = one.closest('fieldset'); at; at = at.parentElement.closest('fieldset')) {
      groups.push(folded(at.querySelector('legend')?.textContent));
    }

    // Points of each of its boxes, as far as they are in view.
    const points = [...one.getClientRects()].flatMap((box) => {
      const [left, right] = [Math.max(box.left, 0), Math.min(box.right, innerWidth)];
      const [top, bottom] = [Math.max(box.top, 0), Math.min(box.bottom, innerHeight)];
      if (right - left < 1 || bottom - top < 1) return [];
      const across = [left + 0.5, (left + right) / 2, right - 0.5];
      const down = [top + 0.5, (top + bottom) / 2, bottom - 0.5];
      return across.flatMap((x) => down.map((y) => [x, y]));
    });
    const free = points.some(([x, y]) => {
      const top = document.elementFromPoint(x, y);
      return top && (one.contains(top) || [...(one.labels ?? [])].some((label) => label.contains(top)));
    });
    const follows = !before?.isConnected
      || Boolean(before.compareDocumentPosition(one) & Node.DOCUMENT_POSITION_FOLLOWING);
    const found = {
      name: one.getAttribute('aria-label') ?? folded(own.textContent),
      short: seen(own),
      groups,
      row: folded(one.closest('tr')?.textContent),
      kind: one.tagName === 'INPUT' ? one.type : one.tagName.toLowerCase(),
      again: been.has(one),
      shows: looked.get(one) !== looks(one),
      free,
      onward: follows,
    };
    been.add(one);
    window.gwFocus.before = one;
    return found;
  });
}
