// The console's answers: {ok, status, body}. A refusal's body is {code, message, errors}; the network's own is "network".
const root = document.getElementById("customizer").dataset;

async function answerOf(request) {
  try {
    const response = await request;
    if (response.redirected) return { ok: false, status: 401, body: { code: "signed_out", message: root.signedOut } };
    return { ok: response.ok, status: response.status, body: await response.json() };
  } catch {
    return { ok: false, status: 0, body: { code: "network", message: root.offline } };
  }
}

export const ask = (path, query = {}) =>
  answerOf(fetch(`${root.base}/${path}?${new URLSearchParams(query)}`, { headers: { Accept: "application/json" } }));

export const send = (path, body) =>
  answerOf(fetch(`${root.base}/${path}`, {
    method: "POST",
    headers: { "Content-Type": body instanceof Blob ? body.type : "application/json", "X-CSRFToken": root.token },
    body: body instanceof Blob ? body : JSON.stringify(body ?? {}),
  }));
