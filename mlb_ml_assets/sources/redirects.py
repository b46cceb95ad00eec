"""Where a response may lead.

Belongs here: the one rule for redirects of sources and of downloads.
Not here: requests (http.py, downloads.py).
"""

import httpx


def foreign_redirect(response: httpx.Response) -> str | None:
    """The address that a response leads to if it must not be followed, else None.

    A source is followed within its host, from http to https, and between its name with and without `www.`: any other
    host may be this machine or one of its neighbors, whatever its name is.
    """
    if not response.has_redirect_location:
        return None
    here, there = response.request.url, response.request.url.join(response.headers["location"])
    is_same_place = (there.host, there.port, there.scheme) == (here.host, here.port, here.scheme)
    is_same_site = there.host.removeprefix("www.") == here.host.removeprefix("www.")
    is_on_usual_ports = here.port is None and there.port is None
    is_not_lower = there.scheme == "https" or there.scheme == here.scheme == "http"
    if is_same_place or (is_same_site and is_on_usual_ports and is_not_lower):
        return None
    return f"{there.scheme}://{there.netloc.decode()}"
