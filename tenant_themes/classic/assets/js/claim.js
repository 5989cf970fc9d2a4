// The claim page: an order's delivered goods, one open claim each, and what became of the claims made before.
const DECIDED = { open: "badge-low", accepted: "badge-in_stock", rejected: "badge-out" };

pages.claim = async () => {
  const number = new URLSearchParams(location.search).get("number") ?? "";
  const token = orders.get()[number]?.token;
  if (!token) return missingOrder();
  const path = `/orders/${encodeURIComponent(number)}`;
  const headers = { "X-Order-Token": token };
  const [box, form] = [$("#claim"), $("#claim form")];
  const error = $("[data-error]", form);
  let order;
  const draw = async () => {
    const { data } = await api(`${path}/claims`, { headers });
    const open = data.filter(({ status }) => status === "open").map(({ item }) => item);
    const left = order.items.filter((item) => CLAIMABLE.includes(item.status) && !open.includes(item.id));
    $("select", form).replaceChildren(...left.map((item) => new Option(`${item.name} × ${item.quantity}`, item.id)));
    $("[data-claims]").replaceChildren(...data.map((claim) => claimRow(claim, order)));
    show(form, left.length > 0);
    show($("[data-nothing]"), !left.length && !open.length);
    show($("[data-made]"), data.length > 0);
  };
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const [reason, evidence] = [form.reason.value.trim(), form.evidence.value.trim()];
    if (!reason) return alertIn(error, TEXT.need_all);
    try {
      await api("/claims", { body: { order: number, item: form.item.value, reason, ...(evidence && { evidence }) }, headers });
      form.reset();
      alertIn(error, "");
      await draw();
      show($("[data-done]"));
    } catch (problem) {
      alertIn(error, explain(problem));
    }
  });
  try {
    ({ order } = await api(path, { headers }));
    await draw();
  } catch (problem) {
    return [401, 403, 404].includes(problem.status) ? missingOrder() : toast(explain(problem));
  }
  $("[data-number]", box).textContent = order.number;
  $("[data-created]", box).textContent = new Date(order.created_at).toLocaleString(root.lang);
  $("[data-back]", box).href = orderPage("order", number);
  show(box);
};

function missingOrder() {
  listRecent("claim");
  show($("#claim-missing"));
}

function claimRow({ item, status, reason, answer, created_at }, order) {
  const row = copyOf("claim-template");
  const [head, badge, words, when] = [$("b", row), $("span", row), ...$$("p", row).slice(1)];
  head.textContent = order.items.find(({ id }) => id === item)?.name ?? "";
  badge.textContent = TEXT.claim[status] ?? status;
  badge.classList.add(DECIDED[status] ?? "badge-low");
  words.textContent = reason;
  when.textContent = [new Date(created_at).toLocaleString(root.lang), answer && fill(TEXT.claim.answer, { answer })].filter(Boolean).join(" · ");
  return row;
}
