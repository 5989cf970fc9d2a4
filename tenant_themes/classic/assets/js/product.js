// The product page: what the chosen option means for price, stock, delivery and quantity; live figures from the API.
pages.product = () => {
  const form = $("[data-buy]");
  const [quantity, add, now] = [$("#quantity"), $("[data-add]"), $("[data-now]")];
  const chosen = () => $("input[name=sku]:checked", form);

  const update = () => {
    const sku = chosen();
    show($(".buy-total"), Boolean(sku));
    add.disabled = now.disabled = !sku;
    if (!sku) return;
    const { amount, stock, kind, min, max, warranty, bulk } = sku.dataset;
    const price = { amount: Number(amount), currency: shop.currency };
    quantity.min = min;
    quantity.max = max;
    quantity.value = clampQuantity(quantity);
    $("[data-price]").textContent = money(price);
    const steps = JSON.parse(bulk ?? "[]");
    const off = Math.max(0, ...steps.filter(([from]) => from <= Number(quantity.value)).map(([, percent]) => Number(percent)));
    // The store rounds the price of one up to its smallest coin.
    const unit = off ? Math.ceil(Number((price.amount * (1 - off / 100)).toFixed(6))) : price.amount;
    $("[data-total]").textContent = money({ ...price, amount: unit * Number(quantity.value) });
    $("[data-limits]").textContent = [fill(TEXT.limits, { min, max }), ...steps.map(([from, percent]) => fill(TEXT.bulk, { from, percent }))].join(" · ");
    $("[data-stock-now]").textContent = TEXT.stock[stock];
    $("[data-stock-now]").className = `badge badge-${stock}`;
    $("[data-kind-now]").replaceChildren(iconOf(`kind-${kind}`), TEXT.kind[kind]);
    $("[data-delivery-now]").textContent = TEXT.delivery[kind];
    $("[data-warranty-now]").textContent = Number(warranty) ? fill(TEXT.hours, { n: warranty }) : TEXT.no_warranty;
  };

  const refresh = async () => {
    const inputs = $$("input[name=sku]", form);
    const { data } = await api(`/products?sku=${inputs.map((input) => input.value).join(",")}&limit=100`);
    const live = new Map(data.map((sku) => [sku.sku, sku]));
    for (const input of inputs) applyLive(input, live.get(input.value));
    if (!chosen()) $("input[name=sku]:enabled", form)?.click();
    update();
  };

  form.addEventListener("change", update);
  onStep($(".stepper", form), update);
  add.addEventListener("click", () => {
    const { value, dataset } = chosen();
    addToBasket({ sku: value, quantity: Number(quantity.value), max: Number(dataset.max), name: `${$("h1").textContent} ${dataset.name}`, url: location.pathname });
    toast(TEXT.added);
  });
  update();
  // Without an answer the figures of the built page stand; checkout quotes again in any case.
  refresh().catch(() => {});
};

function applyLive(input, live) {
  const stock = live?.stock ?? "out";
  input.disabled = stock === "out";
  if (input.disabled) input.checked = false;
  if (live) Object.assign(input.dataset, { stock, amount: live.price.amount, min: live.min_quantity, max: live.max_quantity, bulk: JSON.stringify((live.bulk ?? []).map((step) => [step.min_quantity, step.percent_off])) });
  const label = input.closest("label");
  label.classList.toggle("is-out", input.disabled);
  $(".sku-price", label).textContent = input.disabled ? TEXT.stock.out : money(live.price);
}
