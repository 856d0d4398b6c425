// The way back to the server, for every script of the page.

/** Calls a method of a component. What is told while the connection is lost is lost as well: the page comes back at its address. */
export async function tellServer(component, method, ...values) {
  try {
    await component.invokeMethodAsync(method, ...values);
  } catch (error) {
    // A lost connection and a component that is gone are no faults; anything else is shown to whoever looks for it.
    if (!/connection|disposed|circuit|no tracked object/i.test(String(error?.message ?? error))) console.error(`${method}: ${error?.message ?? error}`);
  }
}
