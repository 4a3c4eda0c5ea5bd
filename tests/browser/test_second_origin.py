"""A website of another origin, open in the browser of a signed-in person, reads nothing of the sandbox."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext
from sandbox.publishing import Api, bundle
from serving import Sandbox
from strangers import listening_stranger

SITE = {"index.html": b"<h1>Ours</h1><script src=a.js></script>", "a.js": b"window.stolen = 'it'"}
IMAGE = b"<svg xmlns='http://www.w3.org/2000/svg' width='5' height='5'/>"
TRY = """async addresses => {
  const got = [];
  for (const address of addresses) {
    for (const credentials of ['include', 'omit']) {
      for (const mode of ['cors', 'no-cors']) {
        const text = await fetch(address, {credentials, mode}).then(answer => answer.text(), () => '');
        if (text) { got.push(`fetch ${address} ${text}`); }
      }
    }
    for (const [kind, name] of [['script', 'src'], ['img', 'src'], ['link', 'href']]) {
      const tag = document.createElement(kind);
      tag.rel = 'stylesheet';
      tag[name] = address;
      const loaded = await new Promise(resolve => {
        tag.onload = () => resolve(true);
        tag.onerror = () => resolve(false);
        setTimeout(resolve, 3000, false);
        document.body.append(tag);
      });
      if (kind === 'img' && loaded) { got.push(`img ${address}`); }
    }
    if (window.stolen) { got.push(`script ${address}`); window.stolen = ''; }
    const frame = document.createElement('iframe');
    frame.src = address;
    await new Promise(resolve => { frame.onload = resolve; document.body.append(frame); });
    try { got.push(`frame ${frame.contentDocument.body.innerText}`); } catch { /* as it should be */ }
  }
  return got.filter(each => each !== 'frame null');
}"""


@pytest.fixture
def signed_in(chromium: Browser, sandbox: Sandbox) -> Iterator[BrowserContext]:
    context = chromium.new_context()
    page = context.new_page()
    page.goto(f"{sandbox.url}/__login__")
    page.get_by_label("API key").fill(sandbox.key)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("link", name="Sign out").wait_for()
    yield context
    context.close()


@pytest.mark.parametrize("access", ["acl", "all"])
def test_a_page_on_another_port_reads_neither_content_nor_api(
    signed_in: BrowserContext, sandbox: Sandbox, access: str
) -> None:
    admin = Api(sandbox.url, sandbox.key)
    content, _ = admin.publish(bundle("static", SITE | {"a.svg": IMAGE}), access_type=access)
    address = content["content_url"]
    own = signed_in.new_page()
    own.goto(address)
    assert own.evaluate("window.stolen") == "it"
    wanted = [address, f"{address}a.js", f"{address}a.svg", f"{sandbox.url}/content/{content['id']}/a.js"]
    wanted += [f"{sandbox.url}/__api__/v1/{each}" for each in ("user", "content", "user/api_keys")]
    with listening_stranger(answer=lambda _path: (200, b"{}")) as stranger:
        for host in ("127.0.0.1", "localhost"):
            elsewhere = signed_in.new_page()
            elsewhere.goto(stranger.url.replace("127.0.0.1", host))
            assert elsewhere.evaluate(TRY, wanted) == []
