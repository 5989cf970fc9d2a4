// What every page needs: elements, words, money, storage, the store's API. TEXT (this locale's words) stands in front.
const $ = (selector, within = document) => within.querySelector(selector);
const $$ = (selector, within = document) => [...within.querySelectorAll(selector)];
const root = document.documentElement;
const shop = root.dataset;
const pages = {};

const fill = (text, values = {}) => text.replace(/\{(\w+)\}/g, (all, name) => values[name] ?? all);
const show = (element, visible = true) => element && (element.hidden = !visible);
const copyOf = (id) => document.getElementById(id).content.firstElementChild.cloneNode(true);

function money({ amount, currency }) {
  const own = currency === shop.currency;
  const places = own ? Number(shop.places) : 2;
  const number = (Math.abs(amount) / 10 ** places).toLocaleString("en-US", { minimumFractionDigits: places, maximumFractionDigits: places });
  return (amount < 0 ? "-" : "") + (own ? shop.symbol : `${currency}\u00a0`) + number;
}

function showOff(box, off) {
  show($("[data-off]", box), Boolean(off?.amount));
  if (off?.amount) $("[data-discount]", box).textContent = money({ ...off, amount: -off.amount });
}

function setIcon(svg, name) {
  svg.firstElementChild.setAttribute("href", `${shop.icons}#${name}`);
}

function iconOf(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.append(document.createElementNS(svg.namespaceURI, "use"));
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  setIcon(svg, name);
  return svg;
}

// Storage may be forbidden by the browser; then things last as long as the page.
function stored(area, key, empty) {
  let memory;
  return {
    get() {
      try {
        return JSON.parse(window[area].getItem(key)) ?? memory ?? empty();
      } catch {
        return memory ?? empty();
      }
    },
    set(value) {
      memory = value;
      try {
        window[area].setItem(key, JSON.stringify(value));
      } catch {}
    },
  };
}

const basket = stored("localStorage", "cm.cart", () => []);
const orders = stored("localStorage", "cm.orders", () => ({}));
const attempt = stored("sessionStorage", "cm.attempt", () => null);

function showCount() {
  const count = basket.get().reduce((sum, line) => sum + line.quantity, 0);
  for (const badge of $$("[data-cart-count]")) {
    badge.textContent = count > 99 ? "99+" : count;
    show(badge, count > 0);
  }
}

function addToBasket(line) {
  const lines = basket.get();
  const same = lines.find((other) => other.sku === line.sku);
  if (same) same.quantity = Math.min(same.quantity + line.quantity, line.max);
  else lines.push(line);
  basket.set(lines.slice(-50));
  showCount();
}

function rememberOrder(number, token) {
  const all = { ...orders.get(), [number]: { token, at: Date.now() } };
  const newest = Object.entries(all).sort((a, b) => b[1].at - a[1].at).slice(0, 50);
  orders.set(Object.fromEntries(newest));
}

const orderPage = (kind, number) => `${shop.prefix}/${kind}/?number=${encodeURIComponent(number)}`;

function leaveFor(url, number) {
  const target = new URL(url || orderPage("order", number), location);
  if (/^https?:$/.test(target.protocol)) location.assign(target);
}

// Resolves with the answer's JSON; rejects with the problem: {code, status, detail, errors}.
async function api(path, { body, headers = {} } = {}) {
  let response;
  try {
    response = await fetch(`/api${path}`, {
      method: body ? "POST" : "GET",
      body: body && JSON.stringify(body),
      headers: { Accept: "application/json", "Accept-Language": root.lang, ...(body && { "Content-Type": "application/json" }), ...headers },
    });
  } catch {
    throw { code: "network", errors: [] };
  }
  const data = await response.json().catch(() => ({}));
  if (!response.ok) throw { code: "unknown", errors: [], ...data, status: response.status };
  return data;
}

const explain = (problem) => TEXT.errors[problem.code] ?? problem.detail ?? problem.title ?? TEXT.errors.unknown;

function alertIn(box, words) {
  box.textContent = words ?? "";
  show(box, Boolean(words));
}

let toastTimer;
function toast(words) {
  const box = $("#toast");
  box.textContent = words;
  box.classList.add("is-on");
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => box.classList.remove("is-on"), 2200);
}

function clampQuantity(input) {
  const [low, high] = [Number(input.min) || 1, Number(input.max) || 9999];
  return Math.min(high, Math.max(low, Math.floor(Number(input.value)) || low));
}

function onStep(box, changed) {
  const input = $("input", box);
  const set = (value) => {
    input.value = value;
    input.value = clampQuantity(input);
    changed(Number(input.value));
  };
  for (const button of $$("[data-step]", box)) button.addEventListener("click", () => set(Number(input.value) + Number(button.dataset.step)));
  input.addEventListener("change", () => set(input.value));
}

function later(wait, action) {
  let timer;
  return (...values) => {
    clearTimeout(timer);
    timer = setTimeout(action, wait, ...values);
  };
}
