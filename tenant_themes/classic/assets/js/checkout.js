// Checkout: one order per intent. The idempotency key lives in the session with a print of what it was made for, so a
// double click, a reload or a lost answer repeats the same order, and a changed order gets a new key.
function printOf(text) {
  let [a, b] = [0xdeadbeef, 0x41c6ce57];
  for (const char of text) {
    a = Math.imul(a ^ char.codePointAt(0), 2654435761);
    b = Math.imul(b ^ char.codePointAt(0), 1597334677);
  }
  return `${a >>> 0}.${b >>> 0}`;
}

function keyFor(body) {
  const print = printOf(JSON.stringify(body));
  const known = attempt.get();
  if (known?.print === print) return known.key;
  const key = [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  attempt.set({ print, key });
  return key;
}

const pause = (ms) => new Promise((done) => setTimeout(done, ms));

// A lost answer is unknown, not failed: ask again with the same key.
async function place(body, tries = 4) {
  try {
    return await api("/orders", { body, headers: { "Idempotency-Key": keyFor(body) } });
  } catch (problem) {
    if (tries && ["network", "idempotency_in_progress"].includes(problem.code)) {
      await pause(1200);
      return place(body, tries - 1);
    }
    throw problem;
  }
}

function contactOf(text) {
  const value = text.trim();
  if (/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(value)) return { email: value };
  const digits = value.replace(/[\s()-]/g, "");
  return /^\+?\d{6,15}$/.test(digits) ? { phone: digits } : null;
}

function fieldError(name, words) {
  const [input, note] = [document.getElementById(name), document.getElementById(`${name}-error`)];
  if (!input) return false;
  input.setAttribute("aria-invalid", String(Boolean(words)));
  alertIn(note, words);
  if (words) input.focus();
  return true;
}

pages.checkout = () => {
  const form = $("#checkout");
  const wanted = new URLSearchParams(location.search);
  const direct = wanted.get("sku");
  const lines = direct ? [{ sku: direct, quantity: Math.max(1, parseInt(wanted.get("quantity")) || 1) }] : basket.get();
  const [total, error, pay] = [$("[data-total]", form), $("[data-error]", form), $("[data-pay]", form)];
  const [code, apply] = [form.coupon, $("[data-apply]", form)];
  let [seen, coupon] = [undefined, ""];

  const state = () => {
    show(form, lines.length > 0);
    show($("#checkout-empty"), !lines.length);
  };
  const list = lineList($("[data-lines]", form), lines, {
    onLines(next) {
      if (direct) history.replaceState(null, "", next.length ? `?sku=${next[0].sku}&quantity=${next[0].quantity}` : location.pathname);
      else basket.set(next);
      seen = undefined;
      pay.disabled = true;
      showCount();
      state();
    },
    coupon: () => coupon,
    onQuote(quote, problem) {
      if (coupon && quote && !quote.coupon?.accepted) coupon = "";
      showOff(form, quote?.coupon?.accepted && quote.coupon.discount);
      if (quote?.coupon) fieldError("coupon", quote.coupon.accepted ? "" : quote.coupon.message);
      if (quote && seen && seen.amount !== quote.total.amount) alertIn(error, fill(TEXT.price_now, { price: money(quote.total) }));
      else if (problem) alertIn(error, explain(problem));
      else if (quote) alertIn(error, "");
      seen = quote?.total;
      total.textContent = seen ? money(seen) : "…";
      pay.disabled = !seen || quote.items.some((item) => item.available === false);
    },
  });
  const redeem = () => {
    coupon = code.value.trim().toUpperCase();
    seen = undefined;
    pay.disabled = true;
    fieldError("coupon", "");
    list.quote();
  };
  apply?.addEventListener("click", redeem);
  code?.addEventListener("change", redeem);
  code?.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    code.blur();
  });
  state();
  loadMethods(form, error);

  const read = () => {
    const contact = contactOf(form.contact.value);
    const method = new FormData(form).get("method");
    fieldError("contact", contact ? "" : TEXT.need_contact);
    alertIn(error, contact && !method ? TEXT.need_method : "");
    if (!contact || !method) return null;
    const password = form.query_password?.value;
    return {
      items: lines.map(({ sku, quantity }) => ({ sku, quantity })),
      contact,
      ...(password && { query_password: password }),
      ...(coupon && { coupon }),
      total: seen,
      locale: root.lang,
      payment: { method },
    };
  };

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const body = !pay.disabled && read();
    if (!body) return;
    const label = pay.textContent;
    pay.disabled = true;
    pay.textContent = TEXT.paying;
    try {
      const { order, payment } = await place(body);
      rememberOrder(order.number, order.token);
      if (!direct) basket.set([]);
      leaveFor(payment?.url, order.number);
    } catch (problem) {
      pay.textContent = label;
      pay.disabled = false;
      refused(problem, error, list);
    }
  });
  // Coming back by the browser's button shows the form again, ready.
  addEventListener("pageshow", (event) => event.persisted && location.reload());
};

function refused(problem, error, list) {
  const known = problem.errors.map(({ pointer = "", message }) => fieldError(pointer.startsWith("/contact") ? "contact" : pointer.split("/")[1], message));
  if (problem.code === "idempotency_mismatch") attempt.set(null);
  if (problem.code?.startsWith("coupon_")) known.push(fieldError("coupon", explain(problem)));
  if (!known.includes(true)) {
    alertIn(error, explain(problem));
    error.focus();
  }
  if (["price_changed", "insufficient_stock", "listing_not_active"].includes(problem.code)) list.quote();
}

async function loadMethods(form, error) {
  const box = $("[data-methods]", form);
  try {
    const { payment_methods: methods } = await api("/store");
    for (const name of methods) {
      const row = copyOf("method-template");
      $("input", row).value = name;
      setIcon($("svg", row), name);
      $("span span", row).textContent = TEXT.method[name] ?? name;
      box.append(row);
    }
    if (methods.length) $("input", box).checked = true;
    else alertIn(error, TEXT.no_methods);
  } catch (problem) {
    alertIn(error, explain(problem));
  }
}
