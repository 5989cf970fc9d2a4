/* Runs before the first paint, so that a chosen mode never flashes the other one. */
try {
  const mode = localStorage.getItem("cm.mode");
  if (mode) document.documentElement.dataset.mode = mode;
} catch {}
