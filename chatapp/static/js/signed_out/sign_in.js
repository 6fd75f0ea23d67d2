import { post } from "../api.js"
import { wire } from "./form.js"

const form = document.querySelector("[data-form=sign-in]")

wire(form, async (values) => {
  await post("/api/session", values)
  location.replace(form.dataset.next)
})
