// Search in the page for small shops (one JSON file, fetched on first use), by the store's API for large ones.
const plainWords = (text) => text.normalize("NFKC").toLowerCase();
let index;

function loadIndex() {
  index ??= fetch(`${shop.prefix}/search.json`).then((response) => response.json());
  return index.catch(() => {
    index = undefined;
    return [];
  });
}

const asRow = (sku) => [sku.product_name ?? sku.name, sku.category ?? "", shop.prefix + sku.url, "", money(sku.price), 0, sku.stock, sku.price.amount];

// The API lists SKUs; a product is shown once, with its lowest price.
function byProduct(skus) {
  const found = new Map();
  for (const row of skus.map(asRow)) {
    const known = found.get(row[2]);
    const best = !known || row[7] < known[7] ? row : known;
    if (known) best[5] = Number(known[5] || known[7] !== row[7]);
    if (known && known[6] === "in_stock") best[6] = "in_stock";
    found.set(row[2], best);
  }
  return [...found.values()];
}

async function find(query, after) {
  const terms = plainWords(query).split(/\s+/).filter(Boolean);
  if (!terms.length) return { rows: [] };
  if (shop.search === "api") {
    const answer = await api(`/products?q=${encodeURIComponent(query)}&limit=60${after ? `&after=${encodeURIComponent(after)}` : ""}`);
    return { rows: byProduct(answer.data), next: answer.has_more && answer.next_cursor };
  }
  const rows = (await loadIndex()).filter((row) => {
    const text = plainWords(`${row[0]} ${row[1]}`);
    return terms.every((term) => text.includes(term));
  });
  return { rows: rows.sort((a, b) => (a[6] === "out") - (b[6] === "out")) };
}

const priceWords = (row) => (row[5] ? fill(TEXT.from, { price: row[4] }) : row[4]);

function startFinder(form) {
  const [input, list] = [$("input", form), $("[data-find-list]", form)];
  const suggest = later(90, async () => {
    const query = input.value.trim();
    const { rows } = await find(query).catch(() => ({ rows: [] }));
    if (query !== input.value.trim()) return;
    list.replaceChildren(...rows.slice(0, 7).map(suggestion));
    if (rows.length > 7) list.append(allResults(query));
    show(list, rows.length > 0);
  });
  input.addEventListener("focus", () => shop.search === "page" && loadIndex());
  input.addEventListener("input", suggest);
  form.addEventListener("focusout", (event) => form.contains(event.relatedTarget) || show(list, false));
  form.addEventListener("keydown", (event) => moveFocus(event, input, list));
}

function suggestion(row) {
  const [item, link, name, price] = ["li", "a", "span", "b"].map((tag) => document.createElement(tag));
  link.href = row[2];
  name.textContent = row[0];
  price.textContent = priceWords(row);
  link.append(name, price);
  item.append(link);
  return item;
}

function allResults(query) {
  const item = suggestion([TEXT.see_all, "", `${shop.prefix}/search/?q=${encodeURIComponent(query)}`, "", "", 0]);
  item.className = "find-all";
  return item;
}

function moveFocus(event, input, list) {
  if (event.key === "Escape") {
    show(list, false);
    input.focus();
    return;
  }
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step || list.hidden) return;
  const stops = [input, ...$$("a", list)];
  event.preventDefault();
  stops[(stops.indexOf(document.activeElement) + step + stops.length) % stops.length].focus();
}

pages.search = () => {
  const [form, input, list, more] = [$("#search-form"), $("#search-q"), $("#search-results"), $("#search-more")];
  let cursor;
  const run = async (after) => {
    const query = input.value.trim();
    const { rows, next } = await find(query, after).catch((problem) => (toast(explain(problem)), { rows: [] }));
    if (query !== input.value.trim()) return;
    if (!after) list.replaceChildren();
    list.append(...rows.map(resultCard));
    cursor = next;
    show(more, Boolean(next));
    show($("#search-empty"), Boolean(query) && !list.children.length);
    $("#search-count").textContent = query ? fill(TEXT.found, { n: list.children.length }) : "";
    history.replaceState(null, "", query ? `?q=${encodeURIComponent(query)}` : location.pathname);
  };
  input.value = new URLSearchParams(location.search).get("q") ?? "";
  input.addEventListener("input", later(120, () => run()));
  form.addEventListener("submit", (event) => (event.preventDefault(), run()));
  more.addEventListener("click", () => run(cursor));
  run();
};

// As in the pages: the amount stands out, the words around it do not.
function showPrice(box, row) {
  const [before, after] = (row[5] ? TEXT.from : "{price}").split("{price}");
  $("b", box).textContent = row[4];
  box.prepend(before);
  box.append(after);
}

function resultCard(row) {
  const card = copyOf("card-template");
  const [link, picture, badge, group] = [$("a", card), $("img", card), $(".badge", card), $(".kind", card)];
  link.href = row[2];
  link.textContent = row[0];
  if (row[3]) picture.src = row[3];
  else picture.remove();
  badge.textContent = TEXT.stock[row[6]];
  badge.classList.add(`badge-${row[6]}`);
  group.textContent = row[1];
  showPrice($(".price", card), row);
  return card;
}
