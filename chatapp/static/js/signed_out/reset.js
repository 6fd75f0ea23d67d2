import { post } from "../api.js"
import { wire } from "./form.js"

const form = document.querySelector("[data-form=reset]")

wire(form, async (values) => {
  await post("/api/password_resets", { token: form.dataset.token, ...values })
  location.replace("/sign-in")
})
