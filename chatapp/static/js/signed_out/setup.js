import { get, post } from "../api.js"
import { proposeUsername, wire } from "./form.js"

const form = document.querySelector("[data-form=setup]")
const token = new URLSearchParams(location.hash.slice(1)).get("token") ?? new URLSearchParams(location.search).get("token") ?? ""

proposeUsername(form)
wire(form, async (values) => {
  await post("/api/setup", { token, ...values })
  const { groups } = await get("/api/groups")
  location.replace(`/groups/${groups[0].id}`)
})
