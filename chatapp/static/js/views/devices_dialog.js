// The page of one's devices, /devices: where one is signed in, and one's API tokens. It lies above the conversation.

import { get, patch } from "../api.js"
import { clone, onActions, part, reconcile, setAttributes, setText } from "../helpers/dom.js"
import { ago, dayOf, fullTime, longDay } from "../helpers/time.js"
import { findDialog, showErrors } from "./dialog.js"
import { EndDeviceDialog } from "./end_device_dialog.js"

const NAME = "devices" // of the page, in its address

export class DevicesDialog {
  #dialog = findDialog("devices")
  #ending
  #devices = []
  #renaming = null
  #app

  constructor(app) {
    this.#app = app
    this.#ending = new EndDeviceDialog(app, () => this.#ended())
    onActions(this.#dialog, {
      "end-device": (button) => this.#ending.open([this.#deviceOf(button)]),
      "end-others": () => this.#ending.open(this.#others(), { all: true }),
      "rename-device": (button) => this.#rename(this.#deviceOf(button).id),
      "keep-name": () => this.#rename(null),
    })
    this.#dialog.addEventListener("submit", (event) => this.#submitted(event))
    this.#dialog.addEventListener("keydown", (event) => this.#pressed(event))
    this.#dialog.addEventListener("close", () => app.router.lift())
    app.router.subscribe(() => this.follow())
    app.store.subscribe((state, previous, events) => this.#dialog.open && events.some(({ kind }) => kind === "session.ended") && this.#load())
  }

  /** Be open while the address says so. */
  follow() {
    const isWanted = this.#app.router.place.above === NAME
    if (isWanted && !this.#dialog.open) this.#open()
    if (!isWanted && this.#dialog.open) this.#dialog.close()
  }

  #open() {
    this.#renaming = null
    this.#say("")
    this.#draw()
    this.#dialog.showModal()
    this.#load()
  }

  async #load() {
    try {
      this.#devices = (await get("/api/me/devices")).devices
      this.#say("")
      this.#draw()
    } catch (error) {
      this.#say(error.detail)
    }
  }

  #draw() {
    const order = [...this.#devices].sort((a, b) => b.current - a.current || (usedAt(a) < usedAt(b) ? 1 : -1))
    const others = this.#others()
    reconcile(part(this.#dialog, "devices"), order, {
      key: (device) => device.id,
      create: () => clone("device"),
      update: (element, device) => drawDevice(element, device, device.id === this.#renaming),
    })
    part(this.#dialog, "none").hidden = this.#devices.length === 0 || others.length > 0
    part(this.#dialog, "end-others").hidden = others.length === 0
  }

  #others() {
    return this.#devices.filter((device) => !device.current)
  }

  #deviceOf(element) {
    return this.#devices.find((device) => device.id === element.closest("[data-key]").dataset.key)
  }

  #rowOf(id) {
    return this.#dialog.querySelector(`[data-key="${id}"]`)
  }

  // Only the name that is being changed has a field; leaving it gives the focus back to the pencil.
  #rename(id) {
    const before = this.#renaming
    this.#renaming = id
    this.#draw()
    if (!id) return before && part(this.#rowOf(before), "rename-button").focus()
    const field = part(this.#rowOf(id), "rename-name")
    field.defaultValue = field.value = this.#deviceOf(field).name
    showErrors(part(this.#rowOf(id), "rename"), {})
    return field.select()
  }

  async #submitted(event) {
    event.preventDefault()
    const { id } = this.#deviceOf(event.target)
    const name = event.target.elements.name.value.trim()
    try {
      const { device } = await patch(`/api/me/devices/${id}`, { name })
      this.#devices = this.#devices.map((other) => (other.id === id ? { ...other, ...device } : other))
      this.#rename(null)
    } catch (error) {
      showErrors(event.target, { name: error.errors?.name ?? error.detail })
    }
  }

  // In the field Escape takes back what was typed, not the whole page.
  #pressed(event) {
    if (event.key !== "Escape" || !this.#renaming || event.isComposing) return
    event.preventDefault()
    this.#rename(null)
  }

  async #ended() {
    await this.#load()
    part(this.#dialog, "close").focus() // the button that was pressed may be gone with its row
  }

  #say(text) {
    const line = this.#dialog.querySelector(":scope > .dialog__body > [data-error]")
    line.hidden = !text
    setText(line, text)
  }
}

function drawDevice(element, device, isRenaming) {
  const isToken = device.kind === "token"
  setAttributes(part(element, "sign"), { href: isToken ? "#icon-key" : "#icon-monitor" })
  setText(part(element, "name"), device.name)
  part(element, "here").hidden = !device.current
  setText(part(element, "line"), [isToken ? "API token" : "Browser", device.address].filter(Boolean).join(" · "))
  setText(part(element, "times"), [used(device), `${isToken ? "made" : "signed in"} ${first(device.created_at)}`].join(" · "))
  setAttributes(part(element, "times"), { title: times(device) })
  for (const name of ["view", "rename-button"]) part(element, name).hidden = isRenaming
  part(element, "rename").hidden = !isRenaming
  part(element, "end").hidden = isRenaming || device.current
  setText(part(element, "end"), isToken ? "Revoke …" : "Sign out …")
  setAttributes(part(element, "end"), { "aria-label": `${isToken ? "Revoke" : "Sign out"} ${device.name} …` })
  setAttributes(part(element, "rename-button"), { "aria-label": `Rename ${device.name}`, title: "Rename" })
}

function used(device) {
  if (device.current) return "In use now"
  const isUnused = device.kind === "token" && usedAt(device) === device.created_at
  return isUnused ? "Not used yet" : `Last used ${ago(usedAt(device))}`
}

function first(time) {
  return dayOf(time) === dayOf(Date.now()) ? ago(time) : longDay(time)
}

function times({ created_at, last_used_at, expires_at }) {
  const known = { "First used": created_at, "Last used": last_used_at, "Ends by itself": expires_at }
  return Object.entries(known).filter(([, time]) => time).map(([what, time]) => `${what}: ${fullTime(time)}`).join("\n")
}

function usedAt(device) {
  return device.last_used_at ?? device.created_at
}
