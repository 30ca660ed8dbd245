// The picture of the way: buttons and keys move it; a box leads to its steps, a step lights its box.
function wayMap(onBox) {
  const stage = document.getElementById("map");
  const svg = stage?.querySelector("svg");
  if (!svg) return { light() {}, keys: {} };
  const boxes = [...svg.querySelectorAll("[data-node]")];
  const readable = 1.25; // pixels of the picture for one of the screen, at most, where it opens
  stage.classList.add("moves");
  const map = panZoom(stage, svg);
  const here = svg.querySelector(".place.here") ?? boxes[0];

  const goTo = (box, share = 1) => map.goTo(box, stage.clientWidth * share);
  function isSeen(box) {
    const [one, all] = [box.getBoundingClientRect(), stage.getBoundingClientRect()];
    return one.left >= all.left && one.right <= all.right && one.top >= all.top && one.bottom <= all.bottom;
  }
  function open() {
    if (stage.clientWidth && map.full.width / stage.clientWidth > 2 * readable) goTo(here, readable);
    else map.showWhole();
  }
  const acts = { in: () => map.zoom(1.3), out: () => map.zoom(0.77), fit: map.showWhole, here: () => goTo(here) };
  const zooms = document.querySelector(".zooms");
  zooms.hidden = false;
  zooms.addEventListener("click", (event) => acts[event.target.closest("button")?.dataset.view]?.());
  svg.addEventListener("click", (event) => {
    const box = event.target.closest("[data-node]");
    if (!box?.closest("a")) return;
    event.preventDefault();
    if (!map.wasDragged()) onBox(box.dataset.node);
  });
  svg.addEventListener("dragstart", (event) => event.preventDefault());
  // A link that has the focus must be seen.
  svg.addEventListener("focusin", (event) => {
    const box = event.target.closest("a")?.querySelector("[data-node]");
    if (box && event.target.matches(":focus-visible")) goTo(box, readable);
  });
  addEventListener("beforeprint", map.showWhole);
  open();
  return {
    light(node) {
      const same = boxes.filter((box) => node && box.dataset.node === node);
      // An entry that was not taken may be a node on the way: that one stands for both.
      const lit = same.some((box) => box.closest("a")) ? same.filter((box) => box.closest("a")) : same;
      for (const box of boxes) box.classList.toggle("lit", lit.includes(box));
      if (lit.length && stage.clientWidth && !lit.some(isSeen)) goTo(lit[0], readable);
    },
    open,
    keys: { "+": acts.in, "-": acts.out, 0: acts.fit },
  };
}
