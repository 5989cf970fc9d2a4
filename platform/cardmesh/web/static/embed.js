/* Puts a store's goods into this page, in a frame of the store's own. It reads nothing here but its own attributes:
   data-goods, data-category, data-look, data-mode, data-lang, data-title. Version 1 of what page and frame say. */
(() => {
  const script = document.currentScript;
  const home = new URL(script.src).origin;
  const wishes = new URLSearchParams();
  for (const name of ["goods", "category", "look", "mode", "lang"]) {
    if (script.dataset[name] !== undefined) wishes.set(name, script.dataset[name]);
  }
  const frame = document.createElement("iframe");
  frame.title = script.dataset.title || "Shop";
  frame.src = `${home}/-/embed?${wishes}`;
  frame.allow = "clipboard-write";
  frame.referrerPolicy = "origin";
  // Its own origin and forms, pages to pay on in tabs of their own; never this page's address.
  frame.sandbox = "allow-scripts allow-same-origin allow-forms allow-downloads allow-popups allow-popups-to-escape-sandbox";
  Object.assign(frame.style, { display: "block", width: "100%", height: "9rem", border: "0", colorScheme: "normal" });
  frame.addEventListener("load", () => frame.contentWindow.postMessage({ cardmesh: "hello" }, home));
  addEventListener("message", ({ origin, source, data }) => {
    if (origin !== home || source !== frame.contentWindow || data?.cardmesh !== "size") return;
    const height = Math.ceil(Number(data.height));
    if (height > 0 && height < 10000) frame.style.height = `${height}px`;
  });
  script.after(frame);
})();
