// Sections of a page and blocks of a section: add, remove, move, hide. A list is {page} or {page, section}.
const lists = (layout, { section }) => {
  if (!section) return { parts: layout.sections, order: layout.order };
  const within = layout.sections[section];
  within.blocks ??= {};
  within.block_order ??= Object.keys(within.blocks);
  return { parts: within.blocks, order: within.block_order };
};

const nameOf = (list) => (list.section ? "block" : "section");

export function orderOf(desk, list) {
  return lists(structuredClone(desk.layout(list.page)), list).order;
}

export function move(desk, list, key, to) {
  return desk.editLayout(list.page, "", (layout) => {
    const { order } = lists(layout, list);
    order.splice(order.indexOf(key), 1);
    order.splice(to, 0, key);
  });
}

export function remove(desk, list, key) {
  return desk.editLayout(list.page, "", (layout) => {
    const { parts, order } = lists(layout, list);
    delete parts[key];
    order.splice(order.indexOf(key), 1);
  });
}

export function hide(desk, list, key, hidden) {
  return desk.editLayout(list.page, "", (layout) => {
    const part = lists(layout, list).parts[key];
    if (hidden) part.hidden = true;
    else delete part.hidden;
  });
}

// → the new part's place.
export async function add(desk, list, type) {
  const { parts } = lists(structuredClone(desk.layout(list.page)), list);
  let number = 1;
  while (`${type}-${number}`.slice(-40) in parts) number += 1;
  const key = `${type}-${number}`.slice(-40).replace(/^[^A-Za-z]+/, "");
  await desk.editLayout(list.page, "", (layout) => {
    const into = lists(layout, list);
    into.parts[key] = { type, settings: {} };
    into.order.push(key);
  });
  return { ...list, [nameOf(list)]: key };
}
