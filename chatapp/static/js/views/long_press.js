// Long presses on touch screens.

const LONG_PRESS_MS = 450
const SLIP_PX = 10

/** Call run(target) when a finger rests on something in root; the click that may follow the lift is swallowed. */
export function onLongPress(root, run) {
  let press = null
  let done = false
  const release = () => {
    clearTimeout(press?.timer)
    press = null
  }
  root.addEventListener("pointerdown", (event) => {
    done = false
    if (event.pointerType === "mouse") return
    const fire = () => {
      release()
      done = run(event.target)
    }
    press = { x: event.clientX, y: event.clientY, timer: setTimeout(fire, LONG_PRESS_MS) }
  })
  root.addEventListener("pointermove", (event) => {
    if (press && Math.hypot(event.clientX - press.x, event.clientY - press.y) > SLIP_PX) release()
  })
  for (const kind of ["pointerup", "pointercancel"]) root.addEventListener(kind, release)
  for (const kind of ["click", "contextmenu"]) root.addEventListener(kind, (event) => done && swallow(event), { capture: true })
}

function swallow(event) {
  event.preventDefault()
  event.stopPropagation()
}
