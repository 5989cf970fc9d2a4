pages.lookup = () => {
  const form = $("#lookup");
  const error = $("[data-error]", form);
  const by = () => new FormData(form).get("by");
  const follow = () => {
    $("[data-secret-label]").textContent = TEXT.lookup[by()];
    form.secret.type = by() === "contact" ? "text" : "password";
  };
  for (const radio of $$("[name=by]", form)) radio.addEventListener("change", follow);
  follow();
  form.number.value = new URLSearchParams(location.search).get("number") ?? "";
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const [number, secret] = [form.number.value.trim(), form.secret.value.trim()];
    if (!number || !secret) return alertIn(error, TEXT.need_all);
    try {
      const { order } = await api("/orders/lookup", { body: { number, [by()]: secret } });
      rememberOrder(order.number, order.token);
      leaveFor("", order.number);
    } catch (problem) {
      alertIn(error, explain(problem));
    }
  });
  listRecent("order");
};

// The orders this device knows, each a link to its page of that kind.
function listRecent(kind) {
  const recent = Object.entries(orders.get()).sort((a, b) => b[1].at - a[1].at).slice(0, 8);
  $("[data-recent]").replaceChildren(...recent.map(([number, { at }]) => recentRow(kind, number, at)));
}

function recentRow(kind, number, at) {
  const [item, link, time] = ["li", "a", "time"].map((tag) => document.createElement(tag));
  link.href = orderPage(kind, number);
  link.textContent = number;
  link.className = "mono";
  time.textContent = new Date(at).toLocaleString(root.lang);
  item.append(link, time);
  return item;
}
