/* SPDX-License-Identifier: Apache-2.0 */
/* Drag, wheel and fingers on the call graph. */
import { hideTip } from './flame-box.js';

/* @graph: { moveBy(dx, dy), zoomAt(x, y, factor), hover(element, x, y), click(element, event), menu(element, x, y) } */
export function listenToMoves(pane, graph) {
  const fingers = new Map();
  let drag = null;
  let pinch = null;
  const at = (x, y) => {
    const frame = pane.getBoundingClientRect();
    return [x - frame.left, y - frame.top];
  };

  pane.addEventListener('wheel', (event) => {
    if (!graph.svg) {
      return;
    }
    const lines = event.deltaMode === 1 ? 20 : 1;
    const [x, y] = at(event.clientX, event.clientY);
    graph.zoomAt(x, y, Math.pow(1.0015, -event.deltaY * lines * (event.ctrlKey ? 4 : 1)));
    hideTip();
    event.preventDefault();
  }, { passive: false });

  pane.addEventListener('pointerdown', (event) => {
    if (!graph.svg) {
      return;
    }
    fingers.set(event.pointerId, { x: event.clientX, y: event.clientY });
    if (fingers.size === 2) {
      drag = null;
      pinch = spanOf(fingers);
    } else if (event.button === 0) {
      drag = { x: event.clientX, y: event.clientY, startX: event.clientX, startY: event.clientY, moved: false, target: event.target };
    }
  });

  pane.addEventListener('pointermove', (event) => {
    if (fingers.has(event.pointerId)) {
      fingers.set(event.pointerId, { x: event.clientX, y: event.clientY });
    }
    if (pinch !== null && fingers.size === 2) {
      const now = spanOf(fingers);
      const [x, y] = at(now.x, now.y);
      graph.moveBy(now.x - pinch.x, now.y - pinch.y);
      graph.zoomAt(x, y, now.distance / pinch.distance);
      pinch = now;
      return;
    }
    if (drag === null) {
      if (event.pointerType !== 'touch' && graph.svg) {
        graph.hover(event.target, event.clientX, event.clientY);
      }
      return;
    }
    if (!drag.moved && Math.hypot(event.clientX - drag.startX, event.clientY - drag.startY) < 4) {
      return;
    }
    if (!drag.moved) {
      drag.moved = true;
      pane.setPointerCapture(event.pointerId);
      pane.classList.add('dragging');
      hideTip();
    }
    graph.moveBy(event.clientX - drag.x, event.clientY - drag.y);
    drag.x = event.clientX;
    drag.y = event.clientY;
  });

  const up = (event) => {
    fingers.delete(event.pointerId);
    if (pinch !== null) {
      pinch = fingers.size < 2 ? null : pinch;
      return;
    }
    const last = drag;
    drag = null;
    pane.classList.remove('dragging');
    if (last !== null && !last.moved && event.type === 'pointerup') {
      graph.click(last.target, event);
    }
  };
  pane.addEventListener('pointerup', up);
  pane.addEventListener('pointercancel', up);
  pane.addEventListener('pointerleave', () => graph.svg && graph.hover(null));
  pane.addEventListener('contextmenu', (event) => {
    graph.menu(event.target, event.clientX, event.clientY);
    event.preventDefault();
  });
  const resize = new ResizeObserver(() => {
    if (graph.svg) {
      graph.svg.setAttribute('width', pane.clientWidth);
      graph.svg.setAttribute('height', pane.clientHeight);
    }
  });
  resize.observe(pane);
  return () => resize.disconnect();
}

function spanOf(fingers) {
  const [a, b] = [...fingers.values()];
  return { distance: Math.max(10, Math.hypot(a.x - b.x, a.y - b.y)), x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 };
}
