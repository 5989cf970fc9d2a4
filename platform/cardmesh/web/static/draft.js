// In the customizer's frame: tells how far the page is scrolled and scrolls where it is told, so that a redrawn page stays put.
// It tells when it can be seen, too: pictures that load lazily hold up `load`, and in a frame that is hidden they never start.
if (window.parent !== window) {
  addEventListener("scroll", () => window.parent.postMessage({ draftScroll: window.scrollY }, "*"), { passive: true });
  addEventListener("message", ({ source, data }) => {
    if (source === window.parent && Number.isFinite(data?.draftScroll)) window.scrollTo({ top: data.draftScroll, behavior: "instant" });
  });
  window.parent.postMessage({ draftReady: true }, "*");
}
