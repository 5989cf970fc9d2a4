// The order page: asks until the order has come to rest, counts down while it is unpaid, shows the goods.
const RESTING = ["completed", "partially_completed", "failed", "canceled", "refunded", "partially_refunded"];
const SIGNS = { pending_payment: "clock", paid: "bolt", processing: "bolt", completed: "check", partially_completed: "check", failed: "cross", canceled: "cross", refunded: "back", partially_refunded: "back" };
// Of goods in these states some may be in the buyer's hands.
const CLAIMABLE = ["delivered", "completed", "partially_completed", "partially_refunded"];

pages.order = () => {
  startGoods();
  const wanted = new URLSearchParams(location.search);
  const number = wanted.get("number") ?? "";
  // A link sent by mail may carry the token; it is kept here and taken out of the address.
  const given = wanted.get("token") ?? new URLSearchParams(location.hash.slice(1)).get("token");
  if (number && given) {
    rememberOrder(number, given);
    history.replaceState(null, "", `?number=${encodeURIComponent(number)}`);
  }
  const token = orders.get()[number]?.token;
  if (!token) return show($("#order-missing"));
  let wait = 1500;
  const ask = async () => {
    const answer = await api(`/orders/${encodeURIComponent(number)}`, { headers: { "X-Order-Token": token } }).catch((problem) => problem);
    if ([401, 403, 404].includes(answer.status)) return show($("#order-missing"), $("#order").hidden);
    if (answer.order) {
      showOrder(answer);
      if (answer.order.status !== "pending_payment") attempt.set(null);
      if (RESTING.includes(answer.order.status)) return;
    }
    wait = Math.min(wait * 1.25, 10000);
    setTimeout(ask, document.hidden ? wait * 3 : wait);
  };
  ask();
};

function showOrder({ order, codes = [], payment }) {
  const box = $("#order");
  const [title, text] = TEXT.order[order.status] ?? [order.status, ""];
  const unpaid = order.status === "pending_payment";
  box.dataset.status = order.status;
  $("#order-number").textContent = $("[data-number]").textContent = order.number;
  $("[data-sign]").replaceChildren(iconOf(SIGNS[order.status] ?? "clock"));
  if ($("[data-title]").textContent !== title) $("[data-title]").textContent = title;
  $("[data-told]").textContent = text;
  $("[data-created]").textContent = order.created_at ? new Date(order.created_at).toLocaleString(root.lang) : "";
  $("[data-total]", box).textContent = money(order.total);
  showOff(box, order.discount);
  const pay = $("[data-pay]");
  if (payment?.url && /^(https?:\/\/|\/)/.test(payment.url)) pay.href = payment.url;
  show(pay, unpaid && Boolean(pay.href));
  countDown(unpaid ? order.expires_at : null);
  $("[data-items]").replaceChildren(...order.items.map(orderedLine));
  showGoods(order, codes);
  const claim = $("[data-claim]");
  claim.href = orderPage("claim", order.number);
  show(claim, order.items.some(({ status }) => CLAIMABLE.includes(status)));
  show(box);
}

function orderedLine(item) {
  const row = document.createElement("li");
  row.className = "line";
  const [name, count, total] = ["span", "span", "b"].map((tag) => document.createElement(tag));
  name.textContent = item.name;
  count.textContent = `× ${item.quantity}`;
  total.textContent = money(item.total);
  [name.className, count.className, total.className] = ["line-text", "line-sub", "line-total"];
  row.append(name, count, total);
  return row;
}

let ticking;
function countDown(until) {
  clearInterval(ticking);
  const box = $("[data-countdown]");
  const end = until ? Date.parse(until) : 0;
  const tick = () => {
    const left = Math.max(0, Math.ceil((end - Date.now()) / 1000));
    $("b", box).textContent = `${String(Math.floor(left / 60)).padStart(2, "0")}:${String(left % 60).padStart(2, "0")}`;
    show(box, left > 0);
    if (!left) clearInterval(ticking);
  };
  tick();
  if (end) ticking = setInterval(tick, 1000);
}
