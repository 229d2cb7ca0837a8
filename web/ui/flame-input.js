/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pointer, wheel and fingers on a flame graph.
 *
 *   drag            moves                     wheel              zooms; scrolls where rows do not fit
 *   ctrl + wheel    zooms                     shift + wheel      moves sideways
 *   two fingers     zoom and move             click, right click are told to @on
 */
const CLICK_PIXELS = 4;
const HOLD_MS = 550;

/* @on: { hover(place, x, y), leave(), click(place, event), doubleClick(place), menu(place, x, y) } */
export function listenToPointer(view, on) {
  const element = view.element;
  const fingers = new Map();
  let drag = null;
  let pinch = null;
  let holdTimer = 0;

  function wheel(event) {
    const lines = event.deltaMode === 1 ? 20 : event.deltaMode === 2 ? view.height : 1;
    const px = event.clientX - element.getBoundingClientRect().left;
    if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
      view.panBy((event.deltaX || event.deltaY) * lines);
    } else if (event.ctrlKey || event.metaKey || event.altKey || !view.scrolls()) {
      view.zoomAt(px, Math.pow(1.0022, Math.max(-600, Math.min(600, event.deltaY * lines * (event.ctrlKey && !event.deltaMode && Math.abs(event.deltaY) < 40 ? 5 : 1)))));
    } else {
      return;
    }
    on.leave();
    event.preventDefault();
  }

  function down(event) {
    if (event.target.closest('button, a, input')) {
      return;
    }
    fingers.set(event.pointerId, { x: event.clientX, y: event.clientY });
    if (fingers.size === 2) {
      startPinch();
      return;
    }
    if (event.button === 0) {
      drag = { id: event.pointerId, x: event.clientX, y: event.clientY, startX: event.clientX, startY: event.clientY, moved: false };
      if (event.pointerType === 'touch') {
        const { clientX, clientY } = event;
        holdTimer = setTimeout(() => {
          drag = null;
          on.menu(view.placeAt(clientX, clientY), clientX, clientY);
        }, HOLD_MS);
      }
    }
  }

  function startPinch() {
    clearTimeout(holdTimer);
    drag = null;
    const [a, b] = [...fingers.values()];
    pinch = { distance: Math.max(10, Math.abs(a.x - b.x)), x: (a.x + b.x) / 2 };
    on.leave();
  }

  function move(event) {
    if (fingers.has(event.pointerId)) {
      fingers.set(event.pointerId, { x: event.clientX, y: event.clientY });
    }
    if (pinch !== null && fingers.size === 2) {
      const [a, b] = [...fingers.values()];
      const distance = Math.max(10, Math.abs(a.x - b.x));
      const x = (a.x + b.x) / 2;
      view.panBy(pinch.x - x);
      view.zoomAt(x - element.getBoundingClientRect().left, pinch.distance / distance);
      pinch = { distance, x };
      return;
    }
    if (drag === null) {
      if (event.pointerType !== 'touch') {
        on.hover(view.placeAt(event.clientX, event.clientY), event.clientX, event.clientY);
      }
      return;
    }
    if (!drag.moved) {
      if (Math.hypot(event.clientX - drag.startX, event.clientY - drag.startY) < CLICK_PIXELS) {
        return;
      }
      drag.moved = true;
      clearTimeout(holdTimer);
      element.setPointerCapture(event.pointerId);
      element.classList.add('dragging');
      view.stop();
      on.leave();
    }
    view.panBy(drag.x - event.clientX);
    element.scrollTop += drag.y - event.clientY;
    drag.x = event.clientX;
    drag.y = event.clientY;
  }

  function up(event) {
    clearTimeout(holdTimer);
    fingers.delete(event.pointerId);
    if (pinch !== null) {
      if (fingers.size < 2) {
        pinch = null;
      }
      return;
    }
    const last = drag;
    drag = null;
    element.classList.remove('dragging');
    if (last !== null && last.id === event.pointerId && !last.moved && event.type === 'pointerup') {
      on.click(view.placeAt(event.clientX, event.clientY), event);
    }
  }

  element.addEventListener('wheel', wheel, { passive: false });
  element.addEventListener('pointerdown', down);
  element.addEventListener('pointermove', move);
  element.addEventListener('pointerup', up);
  element.addEventListener('pointercancel', up);
  element.addEventListener('pointerleave', () => on.leave());
  element.addEventListener('contextmenu', (event) => {
    /* The menu key opens it at the current box: that comes with no pointer. */
    if (event.button === 2 || event.pointerType === 'mouse') {
      on.menu(view.placeAt(event.clientX, event.clientY), event.clientX, event.clientY);
    }
    event.preventDefault();
  });
}
