// Moves and enlarges an SVG inside of its stage: wheel, dragging, two fingers, and keys.
// The view is its viewBox. `stage` has the focus for the keys.
function panZoom(stage, svg) {
  const whole = svg.viewBox.baseVal;
  const full = { x: whole.x, y: whole.y, width: whole.width, height: whole.height };
  let view = { ...full };
  let dragged = 0;

  function show(next) {
    view = next;
    svg.setAttribute("viewBox", [view.x, view.y, view.width, view.height].join(" "));
  }
  // Pixels of the picture for one pixel of the screen.
  function scale() {
    return Math.max(view.width / stage.clientWidth, view.height / stage.clientHeight);
  }
  // The picture's point below a point of the screen.
  function below(x, y) {
    const at = new DOMPoint(x, y).matrixTransform(svg.getScreenCTM().inverse());
    return { x: at.x, y: at.y };
  }
  function middle() {
    const seen = stage.getBoundingClientRect();
    return below(seen.x + seen.width / 2, seen.y + seen.height / 2);
  }
  function zoom(factor, at = middle()) {
    const k = Math.min(Math.max(1 / factor, 200 / view.width), 4 * full.width / view.width);
    show({ x: at.x - (at.x - view.x) * k, y: at.y - (at.y - view.y) * k, width: view.width * k, height: view.height * k });
  }
  function move(dx, dy) {
    show({ ...view, x: view.x - dx * scale(), y: view.y - dy * scale() });
  }
  // The middle of a part of the picture comes to the middle of the stage, which is `width` wide.
  function goTo(part, width) {
    const area = part.getBBox();
    const matrix = svg.getScreenCTM().inverse().multiply(part.getScreenCTM());
    const at = new DOMPoint(area.x + area.width / 2, area.y + area.height / 2).matrixTransform(matrix);
    const height = width * stage.clientHeight / stage.clientWidth;
    show({ x: at.x - width / 2, y: at.y - height / 2, width, height });
  }

  stage.addEventListener("wheel", (event) => {
    event.preventDefault();
    zoom(Math.exp(-event.deltaY * (event.ctrlKey ? 0.01 : 0.0015)), below(event.clientX, event.clientY));
  }, { passive: false });

  // One finger or the mouse drags; two fingers pinch.
  const fingers = new Map();
  stage.addEventListener("pointerdown", (event) => {
    fingers.set(event.pointerId, event);
    dragged = 0;
  });
  stage.addEventListener("pointermove", (event) => {
    const before = fingers.get(event.pointerId);
    if (!before) return;
    const distance = () => {
      const [one, other] = [...fingers.values()];
      return Math.hypot(one.clientX - other.clientX, one.clientY - other.clientY);
    };
    const apart = fingers.size === 2 ? distance() : 0;
    fingers.set(event.pointerId, event);
    dragged += Math.hypot(event.clientX - before.clientX, event.clientY - before.clientY);
    if (dragged > 4) stage.setPointerCapture(event.pointerId);
    move((event.clientX - before.clientX) / fingers.size, (event.clientY - before.clientY) / fingers.size);
    if (apart) zoom(distance() / apart, below(event.clientX, event.clientY));
  });
  for (const end of ["pointerup", "pointercancel"]) {
    stage.addEventListener(end, (event) => fingers.delete(event.pointerId));
  }

  stage.addEventListener("keydown", (event) => {
    const step = 80;
    const keys = {
      ArrowLeft: () => move(step, 0), ArrowRight: () => move(-step, 0),
      ArrowUp: () => move(0, step), ArrowDown: () => move(0, -step),
      "+": () => zoom(1.3), "-": () => zoom(0.77), 0: () => show({ ...full }),
    };
    if (event.key in keys && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      event.stopPropagation();
      keys[event.key]();
    }
  });
  return { full, zoom, goTo, showWhole: () => show({ ...full }), wasDragged: () => dragged > 4 };
}
