// The store inside a frame: choose, order, pay in a tab of its own, see the goods. Speaks to the page around it only
// when that page's origin is one the store sells through, and to no other.
const $ = (selector, within = document) => within.querySelector(selector);
const { words, origins } = JSON.parse($("#told").textContent);
const fill = (text, values) => text.replace(/\{(\w+)\}/g, (all, name) => values[name] ?? all);
const known = (origin) => origins.includes(origin) || (origins.includes("http://localhost:*") && /^http:\/\/localhost(:\d+)?$/.test(origin));

// --- the page around ---
let around = "";

function meet(origin) {
  if (around || !known(origin)) return;
  around = origin;
  new ResizeObserver(tellSize).observe($("main"));
  tellSize();
}

function tellSize() {
  const height = $("main").getBoundingClientRect().height;
  if (height) parent.postMessage({ cardmesh: "size", height }, around);
}

if (parent !== window) {
  addEventListener("message", ({ origin, source, data }) => {
    if (source === parent && data?.cardmesh === "hello") meet(origin);
  });
  // A frame that was pasted without the script says where it is by its referrer.
  if (document.referrer) meet(new URL(document.referrer).origin);
}

// --- the store's API ---
async function api(path, { body, headers = {} } = {}) {
  let answer;
  try {
    answer = await fetch(`/api${path}`, {
      method: body ? "POST" : "GET",
      credentials: "omit",
      body: body && JSON.stringify(body),
      headers: { Accept: "application/json", "Accept-Language": document.documentElement.lang, ...(body && { "Content-Type": "application/json" }), ...headers },
    });
  } catch {
    throw { code: "network", detail: words.failed };
  }
  const data = await answer.json().catch(() => ({}));
  if (!answer.ok) throw { code: "unknown", ...data };
  return data;
}

const explain = ({ errors, detail, title }) => errors?.[0]?.message ?? detail ?? title ?? words.failed;
const money = ({ amount, currency }) => new Intl.NumberFormat(document.documentElement.lang, { style: "currency", currency }).format(amount / 10 ** places(currency));
const places = (currency) => new Intl.NumberFormat("en", { style: "currency", currency }).resolvedOptions().maximumFractionDigits;

// --- choose ---
const [wares, form, result] = ["#wares", "#order", "#result"].map((id) => $(id));
const [total, wrong, submit] = ["[data-total]", "[data-wrong]", "[data-submit]"].map((part) => $(part, form));
const [code, redeemed] = [form.coupon, $("[data-coupon-said]", form)];
let chosen, seen, attempt;
let coupon = ""; // what the last quote was asked with, while it is accepted

function turnTo(part, focus) {
  for (const one of [wares, form, result]) one.hidden = one !== part;
  focus?.focus({ preventScroll: true });
}

function complain(text) {
  wrong.textContent = text ?? "";
  wrong.hidden = !text;
}

for (const link of document.querySelectorAll("[data-buy]")) {
  link.addEventListener("click", (event) => {
    event.preventDefault();
    chosen = link.dataset;
    $("[data-name]", form).textContent = chosen.name;
    Object.assign(form.quantity, { min: chosen.min, max: chosen.max, value: chosen.min });
    complain();
    turnTo(form, $("h2", form));
    quote();
  });
}
$("[data-back]").addEventListener("click", () => turnTo(wares, $(`[data-buy="${chosen.buy}"]`)));

const quantity = () => Math.min(Number(chosen.max), Math.max(Number(chosen.min), Math.floor(Number(form.quantity.value)) || 1));

let asked = 0;
async function quote() {
  const mine = ++asked;
  submit.disabled = true;
  try {
    const answer = await api("/quote", { body: { items: [{ sku: chosen.buy, quantity: quantity() }], ...(coupon && { coupon }) } });
    if (mine !== asked) return;
    seen = answer.total;
    sayCoupon(answer.coupon);
    total.textContent = money(seen);
    submit.disabled = !answer.items[0].available;
    complain(answer.items[0].available ? "" : form.dataset.out);
  } catch (problem) {
    if (mine === asked) complain(explain(problem));
  }
}

function sayCoupon(told) {
  const wrong = Boolean(told && !told.accepted);
  if (wrong) coupon = "";
  redeemed.textContent = wrong ? told.message : told ? fill(words.off, { amount: money(told.discount) }) : "";
  redeemed.classList.toggle("is-wrong", wrong);
  code.setAttribute("aria-invalid", String(wrong));
}

function redeem() {
  coupon = code.value.trim().toUpperCase();
  quote();
}
code.addEventListener("change", redeem);
code.addEventListener("keydown", (event) => {
  if (event.key !== "Enter") return;
  event.preventDefault();
  code.blur();
});
$("[data-apply]", form).addEventListener("click", redeem);

form.quantity.addEventListener("change", () => {
  form.quantity.value = quantity();
  quote();
});

// --- order ---
function contactOf(text) {
  const value = text.trim();
  if (/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(value)) return { email: value };
  const digits = value.replace(/[\s()-]/g, "");
  return /^\+?\d{6,15}$/.test(digits) ? { phone: digits } : null;
}

// One key for one intent: a double click or a lost answer repeats the same order, a changed order is a new one.
function keyFor(body) {
  const text = JSON.stringify(body);
  if (attempt?.text !== text) attempt = { text, key: crypto.getRandomValues(new Uint32Array(4)).join("-") };
  return attempt.key;
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  if (submit.disabled) return;
  const contact = contactOf(form.contact.value);
  form.contact.setAttribute("aria-invalid", String(!contact));
  if (!contact) {
    complain(words.need_contact);
    form.contact.focus();
    return;
  }
  const label = submit.textContent;
  submit.disabled = true;
  submit.textContent = words.paying;
  const method = new FormData(form).get("method");
  const body = { items: [{ sku: chosen.buy, quantity: quantity() }], contact, ...(coupon && { coupon }), total: seen, locale: document.documentElement.lang, payment: { method }, ...(around && { embed: around }) };
  try {
    const placed = await api("/orders", { body, headers: { "Idempotency-Key": keyFor(body) } });
    attempt = undefined;
    follow(placed.order, placed.payment);
    window.open(payPage(placed.payment), "_blank", "noopener");
  } catch (problem) {
    if (problem.code?.startsWith("coupon_")) await refuseCoupon(explain(problem));
    else complain(explain(problem));
    if (["price_changed", "insufficient_stock", "listing_not_active"].includes(problem.code)) quote();
    else submit.disabled = false;
  }
  submit.textContent = label;
});

// Good at the quote and refused at the order: the price without it comes first, then why.
async function refuseCoupon(message) {
  coupon = "";
  await quote();
  sayCoupon({ accepted: false, message });
  code.focus();
}

// Only a web page can be paid on, and never inside this frame.
function payPage(payment) {
  const url = new URL(payment?.url ?? "about:blank");
  return ["https:", "http:"].includes(url.protocol) ? url.href : "about:blank";
}

// --- see the goods. The order is known to this page alone: browsers give a frame on another site no storage to count on.
const ENDED = ["completed", "partially_completed", "canceled", "failed", "refunded", "partially_refunded"];
let following;

function follow(order, payment) {
  following = order;
  $("[data-number]", result).textContent = order.number;
  showPayment(payment);
  turnTo(result, $("h2", result));
  setTimeout(look, 1500, order);
}

function showPayment(payment) {
  $("[data-waiting]", result).hidden = !payment;
  if (payment) $("[data-pay]", result).href = payPage(payment);
}

async function look(order, wait = 1500) {
  if (following !== order) return;
  try {
    const seenOrder = await api(`/orders/${encodeURIComponent(order.number)}`, { headers: { "X-Order-Token": order.token } });
    if (following !== order) return;
    show(seenOrder);
    if (ENDED.includes(seenOrder.order.status)) return;
  } catch (problem) {
    if (problem.code === "not_found") return again();
  }
  setTimeout(look, wait, order, Math.min(wait * 1.1, 10000));
}

function show({ order, codes, payment }) {
  const state = $("[data-state]", result);
  if (order.status !== "pending_payment") {
    const said = words.ended[order.status] ?? (codes.length ? words.done : words.processing);
    if (state.textContent !== said) state.textContent = said;
  }
  showPayment(payment);
  const names = Object.fromEntries(order.items.map(({ id, name }) => [id, name]));
  const rows = codes.flatMap((unit) => unit.credentials.map((one) => codeRow(`${names[unit.item] ?? ""} · ${fill(words.unit, { n: unit.unit })} · ${one.label}`, one)));
  $("[data-goods] ul", result).replaceChildren(...rows);
  $("[data-goods]", result).hidden = !rows.length;
}

function codeRow(label, { type, value }) {
  const row = $("#code").content.firstElementChild.cloneNode(true);
  $("p", row).textContent = label;
  const [code, button] = [$("code", row), $("button", row)];
  if (["file", "link"].includes(type) && /^(https?:\/\/|\/(?!\/))/.test(value)) {
    const link = Object.assign(document.createElement("a"), { href: value, textContent: type === "file" ? words.download : words.open, target: "_blank", rel: "noopener" });
    code.replaceWith(link);
    button.remove();
    return row;
  }
  code.textContent = value;
  button.addEventListener("click", () => copy(value, button));
  return row;
}

async function copy(text, button) {
  await navigator.clipboard.writeText(text);
  const label = button.textContent;
  button.textContent = words.copied;
  setTimeout(() => (button.textContent = label), 1500);
}

function again() {
  following = undefined;
  turnTo(wares);
}
$("[data-again]").addEventListener("click", again);
$("[data-copy-all]").addEventListener("click", ({ currentTarget }) => copy([...result.querySelectorAll("code")].map((code) => code.textContent).join("\n"), currentTarget));

