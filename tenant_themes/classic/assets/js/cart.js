pages.cart = () => {
  const box = $("#cart");
  const lines = basket.get();
  const state = () => {
    show(box, lines.length > 0);
    show($("#cart-empty"), !lines.length);
  };
  state();
  lineList($("[data-lines]", box), lines, {
    onLines(next) {
      basket.set(next);
      showCount();
      state();
    },
    onQuote(quote, problem) {
      $("[data-total]", box).textContent = quote ? money(quote.total) : "…";
      alertIn($("[data-error]", box), problem && explain(problem));
    },
  });
};
