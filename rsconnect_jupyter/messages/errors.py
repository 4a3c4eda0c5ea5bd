"""The catalog of errors: what happened, and what to do."""

from __future__ import annotations

from typing import NamedTuple


class ErrorText(NamedTuple):
    """One error: a sentence of what happened, and one of what to do (empty when there is nothing to do)."""

    message: str
    hint: str = ""


ERRORS: dict[str, ErrorText] = {
    "access-needs-version/draft": ErrorText(
        "More people cannot be let in with a draft: they would see the current version.",
        "Publish without the draft option, or change who may read it afterwards.",
    ),
    "access-needs-version/no-wait": ErrorText(
        "More people cannot be let in without waiting for the new version: they would see the current one.",
        "Publish with waiting, or change who may read it afterwards.",
    ),
    "address-not-connect": ErrorText("The server at {url} is not Posit Connect.", "Check the address."),
    "address-not-connect/sign-in": ErrorText(
        "No Posit Connect server answers at {tried}.",
        "A sign-in page or a proxy answered instead. Check the address, the VPN and the proxy.",
    ),
    "address-not-connect/syntax": ErrorText(
        "{address!r} is not the address of a server.",
        "Paste the address of your Connect dashboard, for example https://connect.example.com.",
    ),
    "address-not-connect/tried": ErrorText(
        "No Posit Connect server answers at {tried}.",
        "Paste the address of your Connect dashboard, for example https://connect.example.com.",
    ),
    "answer-incomplete": ErrorText(
        "Connect's answer lacks {name!r} ({request}).", "A proxy may have changed the answer. Try again."
    ),
    "answer-incomplete/content": ErrorText(
        "Connect described content without its identifier.", "A proxy may have changed the answer. Try again."
    ),
    "answer-too-large": ErrorText(
        "The server at {host} answered with more than {megabytes} MB.",
        "Check the server's address, or ask its administrator.",
    ),
    "answer-unexpected": ErrorText(
        "Connect answered with {found} instead of {wanted} ({request}).",
        "Check that the address is that of a Connect server, and that no proxy changes its answers.",
    ),
    "answer-unexpected/task": ErrorText(
        "Connect's answer does not describe a task.", "A proxy may have changed the answer. Try again."
    ),
    "answer-unreadable": ErrorText(
        "Connect's answer could not be read ({request}).", "It may be incomplete. Try again."
    ),
    "api-key-needed": ErrorText(
        "The address or the certificate settings of the server change, so the API key must be entered again.",
        "Enter an API key of your account on this server.",
    ),
    "bad-api-key": ErrorText(
        "The API key contains characters that API keys do not have.",
        "Copy it from Connect again, without spaces and line breaks.",
    ),
    "bad-checksum": ErrorText("The bundle's checksum is not a hexadecimal MD5 digest."),
    "bad-description": ErrorText(
        "The description has {count} characters.", "Connect takes at most {most}: make it shorter."
    ),
    "bad-file-name": ErrorText(
        "{path!r} cannot be the name of a file in the bundle: {reason}.", "Rename the file, or leave it out."
    ),
    "bad-id": ErrorText("{text!r} is not a Connect identifier.", "Choose the content from the list."),
    "bad-option": ErrorText("{name!r} has a value that it cannot have.", "Expected: {help}."),
    "bad-option/connection": ErrorText(
        "--cacert and --insecure do not apply to {server}, whose API key was saved for another connection.",
        "Give the server's address and CONNECT_API_KEY, or add the server again with these options.",
    ),
    "bad-option/identity-token": ErrorText(
        "There is no identity token in {source}.",
        "Name a file that holds one, or env:NAME for an environment variable.",
    ),
    "bad-request/field": ErrorText(
        "The field {field!r} of the request is not valid ({rule}).", "See openapi.yaml of this extension."
    ),
    "bad-request/json": ErrorText("The request's body is not JSON.", ""),
    "bad-request/no-server": ErrorText(
        "The request names no server.",
        "Give an address, or the name of a known server.",
    ),
    "bad-request/status": ErrorText("The request cannot be read: {reason}.", "Reload the page."),
    "bad-schedule": ErrorText(
        "{text!r} is no schedule.",
        "Write, for example: every day 07:00; every weekday 06:30; Mondays and Thursdays 18:00; day 1 of the month "
        "05:00; the last Friday of the month 12:00; every 2 hours; off.",
    ),
    "bad-target/both": ErrorText("Content cannot be both new and an update.", "Choose one of the two."),
    "bad-target/no-guid": ErrorText(
        "{update!r} names no content to update.", "Give the content's GUID, or a link to it that has the GUID in it."
    ),
    "bad-thumbnail/kind": ErrorText("{path} is no PNG, JPEG, GIF or SVG image.", "Choose another file."),
    "bad-thumbnail/missing": ErrorText(
        "There is no image file {path} in the project.", "Name a file by its path from the notebook's folder."
    ),
    "bad-thumbnail/no-figure": ErrorText(
        "The notebook has no figure that can be its thumbnail.", "Run the notebook, or choose an image file."
    ),
    "bad-thumbnail/no-such-figure": ErrorText(
        "The notebook has no figure {number} that can be its thumbnail.",
        "Choose another figure, or run the notebook.",
    ),
    "bad-thumbnail/private": ErrorText(
        "{path} is left out of publishes, because its name says that it holds secrets.", "Choose another file."
    ),
    "bad-thumbnail/size": ErrorText("{path} has more than {megabytes} MB.", "Choose a smaller image."),
    "bad-vanity/characters": ErrorText(
        "The address has characters that it cannot have.", "Use letters, digits, - and _, and / between parts."
    ),
    "bad-vanity/prohibited": ErrorText(
        "An address cannot begin with {start!r}: Connect has pages there.", "Choose another path."
    ),
    "bad-variable/file": ErrorText(
        "The file of environment variables {path} cannot be read: {reason}.", "Give a file with lines NAME=VALUE."
    ),
    "bad-variable/line": ErrorText(
        "Line {line} of {path} is not an environment variable.", "Write NAME=VALUE, or # before a comment."
    ),
    "bad-variable/name": ErrorText("An environment variable has no name.", "Write NAME=VALUE or NAME."),
    "bad-variable/not-set": ErrorText(
        "The environment variable {name} is not set here.", "Set it, or write {name}=VALUE."
    ),
    "bundle-failed": ErrorText("The bundle {name} cannot be read.", "Publish again."),
    "bundle-not-written": ErrorText(
        "Could not write the bundle {name} in {folder}: {reason}.",
        "Free some disk space there, check its permissions, or set TMPDIR to another folder for temporary files.",
    ),
    "bundle-not-written/page": ErrorText(
        "Could not write the page in {folder}: {reason}.",
        "Free some disk space there, check its permissions, or set TMPDIR to another folder for temporary files.",
    ),
    "ca-unreadable": ErrorText(
        "The CA certificate given for this server cannot be read.",
        "Give a certificate in PEM form (-----BEGIN CERTIFICATE-----) or DER form.",
    ),
    "cancelled": ErrorText("The publish was cancelled."),
    "cancelled/aborted": ErrorText("Publishing was aborted.", "What the server has started may continue there."),
    "cancelled/bundling": ErrorText("Creating the bundle was cancelled.", "Nothing was sent to the server."),
    "cancelled/publish": ErrorText("The publish was cancelled.", "{remains}"),
    "cancelled/rendering": ErrorText("Rendering the page was cancelled.", "Nothing was sent to the server."),
    "cancelled/running": ErrorText("Running the notebook was cancelled.", "Nothing was sent to the server."),
    "cancelled/sign-in": ErrorText(
        "The sign-in was cancelled.",
        "",
    ),
    "cannot-publish": ErrorText(
        "{user} may not publish on {server}.", "Ask its administrator for the publisher role, or use another API key."
    ),
    "cannot-publish/locked": ErrorText(
        "The account {user} is locked on {url}.", "Ask the server's administrator to unlock it, or use another API key."
    ),
    "cannot-publish/role": ErrorText(
        "The user {user} is a {role} on {url} and may not publish.",
        "Ask the server's administrator for the publisher role, or use another API key.",
    ),
    "cannot-publish/unconfirmed": ErrorText(
        "The account {user} is not confirmed on {url}.",
        "Follow the link in the e-mail from Connect, or ask the server's administrator to confirm the account.",
    ),
    "cell-failed": ErrorText(
        "{place} failed: {error}", "Fix the cell and run the notebook, or publish its saved outputs without running it."
    ),
    "certificate-refused": ErrorText(
        "The certificate of {host} was refused: {reason}.",
        "Give the CA certificate of your organization for this server, or ask its administrator for it.",
    ),
    "certificate-refused/chain": ErrorText(
        "The certificate of {host} comes without the intermediate certificates that lead to a known CA.",
        "Give the CA certificate of your organization for this server, or ask its administrator for it.",
    ),
    "certificate-refused/expired": ErrorText(
        "The certificate of {host} has expired.", "Ask the server's administrator to renew it."
    ),
    "certificate-refused/other-address": ErrorText(
        "The certificate of {host} is for another address.", "Use the host name that the certificate was issued for."
    ),
    "certificate-refused/other-host": ErrorText(
        "The certificate of {host} is for another host name.", "Use the host name that the certificate was issued for."
    ),
    "certificate-refused/revoked": ErrorText(
        "The certificate of {host} has been revoked.", "Ask the server's administrator to replace it."
    ),
    "certificate-refused/self-signed": ErrorText(
        "The certificate of {host} is self-signed.",
        "Give the CA certificate of your organization for this server, or ask its administrator for it.",
    ),
    "certificate-refused/self-signed-chain": ErrorText(
        "A self-signed CA this machine does not know issued the certificate of {host}.",
        "Give the CA certificate of your organization for this server, or ask its administrator for it.",
    ),
    "certificate-refused/too-early": ErrorText(
        "The certificate of {host} is not valid yet.", "Check the clock of this machine."
    ),
    "certificate-refused/unknown-ca": ErrorText(
        "The certificate of {host} was issued by a CA this machine does not know.",
        "Give the CA certificate of your organization for this server, or ask its administrator for it.",
    ),
    "certificate-unreadable": ErrorText("The certificate file {path} cannot be read.", "Correct the path."),
    "content-forbidden": ErrorText("You no longer have access to {title} on the server.", "Publish as new content."),
    "content-gone": ErrorText("{title} is no longer on the server.", "Publish as new content."),
    "content-locked": ErrorText(
        "{title} is locked on the server.", "Ask its owner to unlock it, or publish as new content."
    ),
    "content-not-editable": ErrorText(
        "{title} belongs to {owner} and you may not change it.",
        "Ask its owner to make you a collaborator, or publish as new content.",
    ),
    "drafts-unsupported": ErrorText("{server} is too old for drafts.", "Publish without the draft option."),
    "endpoint-missing": ErrorText(
        "The server at {host} has no {path}.", "It may be too old for this, or not a Connect server."
    ),
    "endpoint-missing/page": ErrorText(
        "The server at {host} answered with a web page instead of Connect's API.", "Check the server's address."
    ),
    "environment-unknown": ErrorText(
        "The packages installed for the kernel are not known, so they cannot be listed.",
        "Repair the kernel, or choose a requirements file.",
    ),
    "file-outside-project": ErrorText(
        "{path} is outside the notebook's folder ({folder}), so it cannot be part of the bundle.",
        "Copy the file to the notebook's folder, or move the notebook to a folder that contains both.",
    ),
    "file-outside-project/link": ErrorText(
        "{path} is a broken link, or a link to a file outside the project.", "Replace the link with a copy of the file."
    ),
    "file-unreadable": ErrorText(
        "Could not add {path} to the bundle: {reason}.", "Check the file, or leave it out of the bundle."
    ),
    "file-unusable": ErrorText(
        "A file could not be used: {reason}.", "Check its permissions and the free space on the disk."
    ),
    "files-exist": ErrorText("{files} would be replaced.", "Look at what is there, then choose to replace it."),
    "folder-unwritable": ErrorText(
        "{name} cannot be written in the notebook's folder: {reason}.",
        "Choose a folder that you may write to, and try again.",
    ),
    "forbidden/proxy": ErrorText(
        "The server at {host}, or a proxy before it, refused the request.",
        "Ask your network's administrator whether a proxy blocks it.",
    ),
    "history-unwritable": ErrorText(
        "The publishing history could not be saved; the next publish would make new content.",
        "Check the permissions and the free space of the notebook's folder and of your home folder.",
    ),
    "identity-token-refused/ambiguous": ErrorText(
        "The server at {url} cannot tell which service account the identity token is for.",
        "Ask its administrator: more than one service account matches the token.",
    ),
    "identity-token-refused/no-grant": ErrorText(
        "The server at {url} gives no access for this identity token.",
        "Ask its administrator to trust its issuer, subject and audience.",
    ),
    "identity-token-refused/not-offered": ErrorText(
        "The server at {url} takes no identity tokens.",
        "That needs Connect 2026.07 or later, and the licence for it. Use an API key instead.",
    ),
    "identity-token-refused/not-verified": ErrorText(
        "The server at {url} could not verify the identity token.",
        "Check that the token is not expired, and that the server trusts its issuer.",
    ),
    "insecure-not-allowed": ErrorText(
        "Not allowed by the administrator of this Jupyter: skipping the check of certificates.",
        "Give the server's CA certificate instead.",
    ),
    "inspection-unfinished": ErrorText(
        "The notebook and its files could not be checked in time.",
        "Try again; if it happens again, publish from a folder that contains only what the notebook needs.",
    ),
    "integrations-unavailable/forbidden": ErrorText(
        "You may not see the integrations of this server.", "Ask an administrator, or publish without integrations."
    ),
    "integrations-unavailable/license": ErrorText(
        "The license of this server does not include integrations.", "Publish without integrations."
    ),
    "integrations-unavailable/missing": ErrorText(
        "The server has no API for integrations.", "Publish without integrations."
    ),
    "integrations-unavailable/none": ErrorText(
        "The server has no integrations.", "Ask an administrator to add one, or publish without integrations."
    ),
    "integrations-unavailable/unreadable": ErrorText(
        "The server's answer about integrations cannot be read, so nothing was changed.",
        "Choose integrations in the dashboard.",
    ),
    "integrations-unavailable/version": ErrorText(
        "Integrations need Connect 2024.12 or later; this server has {version}.", "Publish without integrations."
    ),
    "internal-error/command": ErrorText(
        "{error}", "This is a bug in rsconnect-jupyter; run the command again with --debug and report what it prints."
    ),
    "internal-error/job": ErrorText(
        "Publishing stopped at an unexpected {error}.",
        "This is a bug in rsconnect-jupyter; Jupyter's log has the details, please report them.",
    ),
    "internal-error/jupyter": ErrorText(
        "Unexpected error in the Jupyter server.",
        "This is a bug in rsconnect-jupyter; Jupyter's log has the details, please report them.",
    ),
    "internal-error/sign-in": ErrorText(
        "Signing in failed unexpectedly: {error}.",
        "This is a bug in rsconnect-jupyter; please report it.",
    ),
    "internal-error/widget": ErrorText(
        "Publishing failed: {error}", "This is a bug in rsconnect-jupyter; please report it."
    ),
    "interrupted": ErrorText("Jupyter was stopped before the server began to run the notebook.", "Publish again."),
    "job-failed": ErrorText(
        "The folder of publishing jobs {folder} cannot be written.",
        "Check its permissions and the free space on the disk.",
    ),
    "job-running": ErrorText(
        "{path} is already being published to {server}.", "Wait until that has ended, or cancel it."
    ),
    "kernel-broken": ErrorText(
        "The interpreter of the kernel {kernel!r} {what}.",
        "Start this kernel in Jupyter to see the error. Repair its environment, or choose another kernel.",
    ),
    "kernel-broken/answer": ErrorText(
        "The running kernel {kernel!r} did not say which packages it has.",
        "It must be a Python kernel that evaluates user expressions, as ipykernel does.",
    ),
    "kernel-broken/spec": ErrorText(
        "The kernel {kernel!r} is not installed correctly: {reason}.",
        "Install the kernel again with 'python -m ipykernel install' from its environment.",
    ),
    "kernel-broken/start": ErrorText(
        "The notebook's kernel does not start: {reason}.",
        "Start the kernel in Jupyter to see the error, or choose another kernel.",
    ),
    "kernel-died": ErrorText(
        "The kernel died while it ran the notebook.",
        "It was probably out of memory. Run the notebook in Jupyter to see what happens.",
    ),
    "kernel-elsewhere": ErrorText(
        "The notebook's kernel {kernel!r} runs on another machine, so its packages are not known here.",
        "Start the kernel and ask it for its packages, or list them in a requirements.txt beside the notebook.",
    ),
    "kernel-interpreter-missing": ErrorText(
        "The kernel {kernel!r} starts {interpreter}, which does not exist on this machine.",
        "Its environment was moved or deleted: create it again, or choose another kernel and save the notebook.",
    ),
    "kernel-not-installed": ErrorText(
        "The notebook's kernel {kernel!r} is not installed on this machine (installed kernels: {installed}).",
        "Choose one of the installed kernels and save the notebook, or install this one with "
        "'python -m ipykernel install --user --name {kernel}' from its environment.",
    ),
    "kernel-not-installed/elsewhere": ErrorText(
        "The notebook's kernel {kernel!r} comes from {product} and is not installed on this machine.",
        "Choose one of the kernels of this machine and save the notebook: {installed}.",
    ),
    "kernel-not-installed/run": ErrorText(
        "The notebook's kernel {kernel!r} is not installed on this machine.",
        "Choose another kernel for the notebook and save it.",
    ),
    "kernel-timeout": ErrorText(
        "The interpreter of the kernel {kernel!r} did not answer within {seconds:g} seconds.",
        "Run '{command}' in a terminal to see what it waits for.",
    ),
    "key-not-deleted": ErrorText(
        "The system keyring did not delete an API key that is no longer used.",
        "Delete the entry {key_id!r} of rsconnect-jupyter in the keyring, or delete the API key on the server.",
    ),
    "keyring-locked": ErrorText(
        "The system keyring that holds the API key does not answer.", "Unlock the keyring, or enter the API key again."
    ),
    "method-not-allowed": ErrorText(
        "This address does not take that method.", "The extension's two parts may differ in version."
    ),
    "mode-differs": ErrorText(
        "{title} is published as {there}, and Connect does not change what content is.",
        "Publish it as {there}, or publish as new content.",
    ),
    "mode-differs/other": ErrorText(
        "{title} is published as {there}, and Connect does not change what content is.",
        "Choose other content, or publish as new content.",
    ),
    "never-published": ErrorText(
        "{name} was not published to {server}.", "Publish it first, or name the content: --update GUID."
    ),
    "no-answer": ErrorText(
        "The server at {host} closed the connection before its answer was complete.", "Try again in a minute."
    ),
    "no-answer/address": ErrorText(
        "The address of the server at {host} cannot be used.",
        "Check the address, the network and the VPN, then try again.",
    ),
    "no-answer/closed": ErrorText(
        "The server at {host} does not accept connections.",
        "Check the address, the network and the VPN, then try again.",
    ),
    "no-answer/connect": ErrorText(
        "The server at {host} did not accept a connection in time.",
        "Check the address, the network and the VPN, then try again.",
    ),
    "no-answer/name": ErrorText(
        "The server at {host} cannot be found: its host name is unknown.",
        "Check the address, the network and the VPN, then try again.",
    ),
    "no-answer/slow": ErrorText("The server at {host} did not answer in time.", "Try again in a minute."),
    "no-api-key": ErrorText("There is no API key for {name}.", "Enter an API key of your account on this server."),
    "no-api-key/add": ErrorText(
        "There is no API key for {url}.",
        "Set CONNECT_API_KEY (with CONNECT_SERVER, if that is set, to the same address), or run this in a terminal.",
    ),
    "no-api-key/address": ErrorText(
        "There is no API key for {url}.", "Set CONNECT_API_KEY, or sign in with: jupyter publish --sign-in {url}"
    ),
    "no-api-key/no-server": ErrorText("No server is chosen.", "Add a server with its address and an API key."),
    "no-pending-sign-in": ErrorText(
        "No sign-in waits for {name}.",
        "Begin one with: jupyter publish --sign-in URL --name {name} --no-wait",
    ),
    "no-runs": ErrorText("The server lists no runs of this content.", "Its runs are listed once it was published."),
    "no-such-file/certificate": ErrorText("The certificate file {path} cannot be read.", "Name a PEM file."),
    "no-such-file/requirements": ErrorText(
        "There is no requirements file {path}.", "Name a file, or one of: auto, imports, freeze."
    ),
    "no-such-notebook": ErrorText(
        "There is no notebook {path!r} in Jupyter's root folder.", "It may have been renamed or deleted; open it again."
    ),
    "no-temporary-folder": ErrorText(
        "There is no folder for temporary files that can be written to: {reason}.",
        "Free some disk space, or set TMPDIR to a folder that you can write to.",
    ),
    "not-a-notebook": ErrorText(
        "{name} is not a Jupyter notebook: {reason}.",
        "Open it in Jupyter and save it again, or choose a file that ends in .ipynb.",
    ),
    "not-a-notebook/text": ErrorText(
        "{name} is a text file; publishing it as a notebook needs Jupytext, which is not installed here.",
        "Install jupytext in the environment of rsconnect-jupyter, or convert the file with "
        "'jupytext --to ipynb {name}' and publish that.",
    ),
    "not-encrypted": ErrorText(
        "The server at {url} offers only unencrypted HTTP.",
        "To use it anyway, enter {url} with http://. Your API key would be sent unencrypted.",
    ),
    "not-found/route": ErrorText(
        "There is nothing at this address.", "The extension's two parts may differ in version."
    ),
    "not-on-disk": ErrorText(
        "This Jupyter server does not keep its notebooks as files, and cannot read them, so they cannot be bundled.",
        "Save a copy in a folder of Jupyter, and publish that.",
    ),
    "not-signed-in": ErrorText("You are not signed in to Jupyter.", "Reload the page and sign in."),
    "not-signed-in/refused": ErrorText(
        "Jupyter refused the request.", "Reload the page; you may have to sign in again."
    ),
    "notebook-linked-out": ErrorText(
        "{path!r} is a link to {target}, outside Jupyter's root folder and outside the notebook's project.",
        "Publish it with the command: jupyter publish {target}. Or put a copy in place of the link.",
    ),
    "notebook-missing": ErrorText("There is no notebook {name} in {folder}.", "Save the notebook, or check its path."),
    "notebook-not-json": ErrorText(
        "{name} is not valid JSON{place}, so Jupyter cannot open it.",
        "Look for merge conflict markers or an incomplete save, or restore an earlier version.",
    ),
    "notebook-too-new": ErrorText(
        "{name} is in notebook format {version}, which is newer than this version of rsconnect-jupyter supports.",
        "Update rsconnect-jupyter, or save the notebook in format 4.",
    ),
    "notebook-unknown": ErrorText("It is not known which notebook to publish.", "Name its file."),
    "notebook-unknown/kernel": ErrorText(
        "This kernel does not know which notebook it belongs to.",
        "Name the notebook, as in publish('analysis.ipynb') or PublishWidget('analysis.ipynb'). If the kernel runs on "
        "another machine than the file, upload it in the form of PublishWidget(), or use JupyterLab's panel.",
    ),
    "notebook-unreadable": ErrorText("{name} cannot be read: {reason}.", "Check the file and its permissions."),
    "notebook-unreadable/document": ErrorText(
        "{name} cannot be read as a notebook: {reason}.", "Open it in Jupyter and save it again."
    ),
    "notebook-unreadable/folder": ErrorText("{path} is a folder, not a notebook.", "Name one .ipynb file."),
    "notebook-unreadable/locale": ErrorText(
        "The notebook's path has characters that Python cannot read here: its locale is forced to {encoding}.",
        "Set LC_ALL=C.UTF-8, and remove PYTHONUTF8=0, where Jupyter or the command is started.",
    ),
    "notebook-unreadable/missing": ErrorText(
        "There is no notebook {path}.", "Check the path; it is relative to the current folder."
    ),
    "notebook-unreadable/suffix": ErrorText("{path} is not a notebook.", "Name a file that ends in .ipynb."),
    "nothing-published": ErrorText("Nothing has been published yet.", "Press Publish, or call publish()."),
    "output-invalid": ErrorText(
        "{place} made an output that the notebook format does not allow.",
        "Display it in another way, or publish the saved outputs without running the notebook.",
    ),
    "page-not-working/no-answer": ErrorText("The server has run the notebook, but its page does not open.", "{kept}"),
    "page-not-working/status": ErrorText(
        "The server has run the notebook, but its page answers with status {status}.", "{kept}"
    ),
    "page-process-ended": ErrorText(
        "The process that renders the page ended (status {status}).",
        "It was probably out of memory: publish as source code, or with smaller outputs.",
    ),
    "page-unfinished": ErrorText(
        "Rendering the page was ended after {seconds} seconds.",
        "Publish as source code, or with smaller outputs; PublishExtension.page_timeout is Jupyter's time limit.",
    ),
    "proxy-address": ErrorText(
        "The address of the proxy cannot be used.",
        "Correct HTTPS_PROXY, HTTP_PROXY or ALL_PROXY, or add the server to NO_PROXY.",
    ),
    "proxy-address/socks": ErrorText(
        "The proxy is a SOCKS proxy, which needs a package that is not installed.",
        "Install PySocks, or add the server to NO_PROXY.",
    ),
    "proxy-failed": ErrorText(
        "The proxy cannot be reached.", "Check HTTPS_PROXY and HTTP_PROXY, or add the server to NO_PROXY."
    ),
    "proxy-failed/status": ErrorText(
        "The proxy failed to connect to the server (status {status}).",
        "Ask your network's administrator, or add the server to NO_PROXY.",
    ),
    "proxy-refused": ErrorText(
        "The proxy refused to connect to the server (status {status}).",
        "Ask your network's administrator, or add the server to NO_PROXY.",
    ),
    "proxy-sign-in": ErrorText(
        "The proxy requires a user name and a password.",
        "Add them to HTTPS_PROXY, or ask your network's administrator.",
    ),
    "published-by-others": ErrorText(
        "{title} was published by someone else, or from elsewhere, since you published it from here.",
        "Look at the version that is there now; overwrite it, or publish as new content.",
    ),
    "published-by-others/command": ErrorText(
        "{title} was published by someone else, or from elsewhere, since you published it from here.",
        "Look at the version that is there now; overwrite it with --overwrite, or publish as new content with --new.",
    ),
    "published-by-others/function": ErrorText(
        "{title} was published by someone else, or from elsewhere, since you published it from here.",
        "Look at the version that is there now; overwrite it with overwrite=True, or use new=True for new content.",
    ),
    "redirect-broken": ErrorText(
        "The server at {host} redirects to an invalid address.", "Check the server's address, or ask its administrator."
    ),
    "redirect-loop": ErrorText(
        "The server at {host} redirects endlessly.", "Check the server's address, or ask its administrator."
    ),
    "refused": ErrorText(
        "Connect refused the request with status {status}.", "Check the server's address and version."
    ),
    "refused/forbidden": ErrorText(
        "Connect refused the request with status {status}.",
        "Ask the content's owner or a Connect administrator for the permission.",
    ),
    "refused/server": ErrorText(
        "Connect refused the request with status {status}.",
        "Try again. If it happens again, ask your Connect administrator.",
    ),
    "refused/sign-in": ErrorText(
        "Connect refused the request with status {status}.", "Check the API key of this server."
    ),
    "refused/status": ErrorText(
        "The server at {host} answered with status {status}.",
        "Check the server's address and version, or try again later.",
    ),
    "rehearsal-interrupted": ErrorText("The rehearsal was cancelled because Jupyter ended.", "Rehearse again."),
    "rehearsal-not-possible": ErrorText(
        "{mode} cannot be rehearsed on this machine: it has no Quarto.",
        "Install Quarto, choose another mode, or publish as a draft to try it.",
    ),
    "rehearsal-not-possible/python": ErrorText(
        "There is no Python {version} on this machine to rehearse with.",
        "Install it, for example with 'uv python install {version}'.",
    ),
    "rehearsals-disabled": ErrorText(
        "The administrator of this Jupyter turned rehearsals off.", "Publish as a draft to try the notebook."
    ),
    "render-failed": ErrorText(
        "The notebook cannot be rendered as a page: {reason}.",
        "Open it in Jupyter and save it again, or publish it as source code.",
    ),
    "requirements-missing": ErrorText(
        "There is no {name} in {folder}.",
        "Choose another requirements file, or create the requirements from the imports.",
    ),
    "requirements-outside": ErrorText(
        "The requirements file {path} is outside the project ({root}).",
        "Choose a file of the project, or copy it there.",
    ),
    "requirements-unreadable": ErrorText(
        "{name} cannot be used: {reason}.", "Correct the file, or create the requirements from the imports."
    ),
    "run-process-ended": ErrorText(
        "The process that runs the notebook ended (status {status}).",
        "It was probably out of memory: print less, or publish without running first.",
    ),
    "run-timed-out": ErrorText(
        "The notebook did not finish within {seconds:g} s.",
        "Allow more time, or run the notebook yourself and publish its saved outputs.",
    ),
    "run-unfinished": ErrorText(
        "The process that runs the notebook stopped answering.",
        "Publish without running first, or with smaller outputs.",
    ),
    "sandbox-address": ErrorText("The sandbox has no page at {url}.", "Open the page from the panel."),
    "sandbox-disabled": ErrorText(
        "The administrator of this Jupyter turned the sandbox off.", "Publish to one of the known servers."
    ),
    "sandbox-elsewhere": ErrorText(
        "The sandbox runs on the machine that Jupyter runs on, and only a browser there can open its pages.",
        "Open {url} there, or publish to a Connect server that your browser reaches.",
    ),
    "sandbox-failed": ErrorText(
        "The sandbox did not start: {reason}.",
        "Try again; its packages are installed by: pip install 'rsconnect-jupyter[sandbox]'.",
    ),
    "sandbox-not-proven": ErrorText(
        "Another program than the sandbox answers at {url}. It got no API key.", "Start the sandbox again."
    ),
    "schedule-not-run": ErrorText(
        "{mode}: the server does not run this again, so it has no schedule.",
        "Publish the notebook as source code, or leave out the schedule.",
    ),
    "schedule-not-run/draft": ErrorText(
        "A draft has no schedule.", "Publish without the draft option, or set the schedule when the draft is activated."
    ),
    "schedule-not-run/no-wait": ErrorText(
        "A schedule is set once the server has run the notebook.", "Publish with waiting, or set it afterwards."
    ),
    "schedule-not-writable": ErrorText(
        "The schedule of {title!r} cannot be set from here: {reason}.", "Set it on the content's page in the dashboard."
    ),
    "server-failed": ErrorText("The server at {host} failed.", "Its administrator can find more in the server's log."),
    "server-name-taken": ErrorText(
        "There is already a server called {name}.", "Choose another name, or change that server."
    ),
    "server-name-unusable": ErrorText(
        "A server's name has 1 to 128 characters, without slashes and line breaks.", "Choose another name."
    ),
    "server-name-unusable/dots": ErrorText(
        "A server cannot be called {name}: browsers leave such a name out of an address.", "Choose another name."
    ),
    "server-read-only/configuration": ErrorText(
        "The server {name} is set in the administrator's configuration.", "Ask the administrator to change it."
    ),
    "server-read-only/environment": ErrorText(
        "The server {name} is set in the environment.", "Change the CONNECT_ variables, then start Jupyter again."
    ),
    "server-read-only/rsconnect-python": ErrorText(
        "The server {name} is one of rsconnect-python's.", "Change it with the rsconnect command."
    ),
    "server-store-failed/keys-damaged": ErrorText(
        "The file of API keys {path} is damaged.",
        "Restore it from a backup, or move it away and enter the API keys again.",
    ),
    "server-store-failed/keys-unreadable": ErrorText(
        "The file of API keys {path} cannot be read.", "Check its permissions and the disk."
    ),
    "server-store-failed/keys-unwritable": ErrorText(
        "The file of API keys {path} cannot be written.",
        "Check the permissions of its folder and the free space on the disk.",
    ),
    "server-store-failed/list-unreadable": ErrorText(
        "The list of servers {path} cannot be read.",
        "Check the file and its permissions; if its content is damaged, move it away and add the servers again.",
    ),
    "server-store-failed/list-unwritable": ErrorText(
        "The list of servers {path} cannot be written.",
        "Check the permissions of its folder and the free space on the disk.",
    ),
    "server-store-failed/predecessor": ErrorText(
        "The file {path} cannot be deleted.", "Delete it yourself: it contains API keys in clear text."
    ),
    "server-unavailable": ErrorText("The server at {host} is not available now (503).", "Try again in a minute."),
    "server-unavailable/proxy": ErrorText(
        "The server at {host} is not reachable through its proxy (502).", "Try again in a minute."
    ),
    "server-unavailable/timeout": ErrorText(
        "The server at {host} did not answer its proxy in time (504).", "Try again in a minute."
    ),
    "server-unusable": ErrorText("Nothing can be published to {name}: {problem}", "Choose another server."),
    "server-unusable/connect-cloud": ErrorText(
        "Posit Connect Cloud is not supported yet.",
        "",
    ),
    "server-unusable/no-session": ErrorText(
        "The sign-in with the browser that rsconnect-python made to this server has ended.",
        "",
    ),
    "server-unusable/shinyapps": ErrorText("This is shinyapps.io, which does not take notebooks."),
    "server-unusable/snowflake": ErrorText(
        "Posit Connect on Snowflake is not supported yet.",
        "",
    ),
    "servers-locked": ErrorText(
        "The administrator of this Jupyter decides which servers there are.",
        "Use one of the servers shown, or ask the administrator to add this one.",
    ),
    "session-expired": ErrorText(
        "Your session on {name} has ended.",
        "Sign in again.",
    ),
    "sign-in-denied": ErrorText(
        "The sign-in was not approved.",
        "Sign in again, or use an API key instead.",
    ),
    "sign-in-denied/other": ErrorText(
        "The server refused the sign-in: {reason}.",
        "Sign in again, or use an API key instead.",
    ),
    "sign-in-elsewhere": ErrorText(
        "The server at {url} sends sign-ins to another place: {host}.",
        "Sign in there only if your administrator says that this is right.",
    ),
    "sign-in-not-offered": ErrorText(
        "The server at {url} offers no sign-in with the browser.",
        "Use an API key instead.",
    ),
    "sign-in-not-offered/code": ErrorText(
        "The server at {url} gives no codes to sign in with.",
        "That needs Connect 2026.06 or later. Sign in without --no-wait, or use an API key.",
    ),
    "sign-in-page": ErrorText(
        "The server at {host} answered with a web page: this looks like a sign-in page or a proxy.",
        "Check the server's address, and whether you must sign in before you can reach Connect.",
    ),
    "sign-in-page/redirect": ErrorText(
        "The server at {host} redirects to {target}.",
        "This looks like a sign-in page or a moved server. Check the address.",
    ),
    "sign-in-page/status": ErrorText(
        "The server at {host}, or a proxy before it, requires another sign-in.",
        "Ask your Connect administrator whether Connect is behind a sign-in page.",
    ),
    "sign-in-timeout": ErrorText(
        "The sign-in was not finished in time.",
        "Sign in again.",
    ),
    "sign-in-unencrypted": ErrorText(
        "The server at {url} names an address for signing in that is not encrypted: {address}.",
        "Ask the server's administrator to correct its address.",
    ),
    "signing-unavailable": ErrorText(
        "This machine does not allow the signature (SHA-1) that this version of Connect requires.",
        "Use an API key instead.",
    ),
    "task-failed": ErrorText(
        "The task failed.{error}", "The last lines of the log have the reason. The whole log is {place}."
    ),
    "task-failed/cell": ErrorText("The notebook failed {location}{place}.", "See the log for the error."),
    "task-failed/cell-error": ErrorText("The notebook failed {location}{place}: {error}"),
    "task-failed/environment-variable": ErrorText(
        "{failure}", "Set this environment variable for the content, then publish again."
    ),
    "task-failed/exit": ErrorText(
        "Task exited with status {code}.{error}", "The last lines of the log have the reason. The whole log is {place}."
    ),
    "task-failed/file-left-out": ErrorText(
        "{failure}", "{path} is in the notebook's folder but not in the bundle: add it and publish again."
    ),
    "task-failed/file-missing": ErrorText(
        "{failure}", "Put the file in the notebook's folder and add it to the files, then publish again."
    ),
    "task-failed/input": ErrorText(
        "{failure}", "input() does not work on the server: remove it, or use an environment variable."
    ),
    "task-failed/install": ErrorText(
        "The server could not install the packages.",
        "The log names the package: choose another version of it, or install the libraries it needs on the server.",
    ),
    "task-failed/kernel-died": ErrorText(
        "The notebook's process died {location}, probably out of memory.",
        "Use less memory, or ask the server's administrator for more.",
    ),
    "task-failed/kernel-missing": ErrorText(
        "The server has no kernel of the notebook's name.",
        "Choose the Python 3 kernel for the notebook and save it, then publish again.",
    ),
    "task-failed/kernel-not-started": ErrorText(
        "The kernel could not be started {location}{reason}.",
        "Try again; if it fails again, check the versions of ipykernel, pyzmq and tornado in the requirements.",
    ),
    "task-failed/local-path": ErrorText(
        "{failure}",
        "The path exists on this machine only: put the file in the notebook's folder, use a relative path and add the "
        "file.",
    ),
    "task-failed/memory": ErrorText("{failure}", "Use less memory, or ask the server's administrator for more."),
    "task-failed/name-error": ErrorText(
        "{failure}",
        "No earlier cell defines the name: restart the kernel, run all cells, fix the order, then publish again.",
    ),
    "task-failed/package-missing": ErrorText(
        "{failure}", "The server did not install {package}: add it to the requirements, then publish again."
    ),
    "task-failed/package-not-in-file": ErrorText(
        "{failure}", "The server did not install {package}, which {file} does not list: add it, then publish again."
    ),
    "task-failed/package-unavailable": ErrorText(
        "The server cannot install {package}: its package index does not have it.",
        "Choose a version that the index has, or remove the package from the requirements.",
    ),
    "task-failed/package-version": ErrorText(
        "{failure}", "The server installed another version of a package: pin its version in the requirements."
    ),
    "task-failed/python-error": ErrorText(
        "{failure}", "Restart the kernel and run all cells, fix the error, then publish again."
    ),
    "task-failed/python-missing": ErrorText(
        "The server has no Python{version} to run the notebook.",
        "Use a kernel with a Python version that the server offers, or ask its administrator to install this one.",
    ),
    "task-failed/run-error": ErrorText("The run {location} failed: {error}"),
    "task-failed/timeout": ErrorText(
        "The notebook took too long {location}{place}.",
        "Shorten the work of the cell, or ask the server's administrator for a longer time limit.",
    ),
    "task-failed/unknown": ErrorText("The run {location} failed: {error}.", "See the log for details."),
    "task-lost": ErrorText(
        "The server has not answered questions about its task for {minutes} minutes.{reason}",
        "It may still be running. See the content's logs in Connect.",
    ),
    "task-timeout": ErrorText(
        "The server has not finished after {seconds:g} seconds.{reason}",
        "It may still be running. See the content's logs in Connect.",
    ),
    "tls-failed": ErrorText(
        "No secure connection to {host} could be made: {reason}.",
        "Use https:// only when the server supports TLS on this port.",
    ),
    "too-large": ErrorText(
        "The server at {host} does not accept uploads of this size.",
        "Leave out large files, or ask for a higher limit of the proxy.",
    ),
    "too-large/request": ErrorText("The request is too large.", "Leave out what you do not need."),
    "too-many-files": ErrorText(
        "There are more than {most:,} files in {folder}.",
        "Choose smaller folders, or list what to leave out in a .rscignore file.",
    ),
    "too-many-requests": ErrorText("The server at {host} received too many requests.", "Wait a minute and try again."),
    "unknown-integration": ErrorText("The server has no integration named {name!r}.", "{hint}"),
    "unknown-integration/ambiguous": ErrorText(
        "{count} integrations of the server are named {name!r}.", "Write the GUID of one of them: {guids}."
    ),
    "unknown-job": ErrorText("There is no such publishing job.", "Jobs are kept for a day; publish again."),
    "unknown-mode": ErrorText("A notebook cannot be published as {mode!r}.", "Use one of: {words}."),
    "unknown-reader": ErrorText("The server has no user and no group named {name!r}.", "{hint}"),
    "unknown-reader/ambiguous": ErrorText(
        "{count} users and groups of the server are named {name!r}.", "Write one of: {names}."
    ),
    "unknown-server": ErrorText("No server is known as {name!r}.", "Choose a known server, or add this one."),
    "unknown-server/none": ErrorText(
        "No Posit Connect server is known yet.",
        "Add one with: jupyter publish --add-server https://connect.example.com",
    ),
    "unknown-server/none-in-jupyter": ErrorText("No server is known yet.", "Add one first."),
    "unknown-sign-in": ErrorText(
        "There is no such sign-in.",
        "Sign in again.",
    ),
    "unknown-tag": ErrorText("The server has no tag named {name!r}.", "{hint}"),
    "unknown-tag/ambiguous": ErrorText("{count} tags of the server are named {name!r}.", "Write one of: {names}."),
    "unknown-tag/category": ErrorText(
        "{name} is a category, which content cannot have.", "Choose one of the tags below it."
    ),
    "unknown-version": ErrorText(
        "{title} has no version {version}.", "List the versions: jupyter publish NOTEBOOK --versions."
    ),
    "value-too-long": ErrorText(
        "The field {field!r} of the request has too many characters or items.", "Choose fewer or shorter ones."
    ),
    "vanity-taken": ErrorText("The address {path} belongs to other content.", "Choose another path."),
    "version-unreadable": ErrorText(
        "The bundle of version {version} cannot be read.", "Compare with another version, or download this one."
    ),
}
"""Key -> text, in alphabetical order."""
