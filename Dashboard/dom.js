// Small steps on the page's elements.

/** A new element: `element('li', { className: 'x' }, 'text', child)`. */
export function element(name, properties = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

/** Sets a text only where it differs, so that readers and selections are left alone. */
export function setText(target, text) {
  if (target.textContent !== text) target.textContent = text;
}

/** Keeps a list's children in step with `items`: each key keeps its element. */
export function keep(host, items, key, make, update) {
  const known = new Map([...host.children].map((child) => [child.dataset.key, child]));
  let place = host.firstElementChild;
  for (const item of items) {
    const name = String(key(item));
    let child = known.get(name);
    known.delete(name);
    if (!child) {
      child = make(item);
      child.dataset.key = name;
    }
    if (child === place) place = place.nextElementSibling;
    else host.insertBefore(child, place);
    update(child, item);
  }
  for (const child of known.values()) child.remove();
}

/** A definition list of names and values. */
export function setFacts(list, facts) {
  const shown = Object.entries(facts).filter(([, value]) => value !== null && value !== undefined);
  keep(list, shown, ([name]) => name,
    ([name]) => element('div', {}, element('dt', { textContent: name }), element('dd')),
    (item, [, value]) => setText(item.lastElementChild, String(value)));
}
