"""Steps 1 to 3 and 15 of the tutorial: connecting, credentials, the verbs, a shared login."""

import io

from .tour import step, zipped

SUBJECTS = "/data/projects/sandbox/subjects"
DOCUMENTS = "/data/projects/sandbox/resources/documents/files"


@step(1)
def connect(t):
    t.connection = t.login()
    version = t.connection.xnat_version
    return {"user": t.connection.logged_in_user, "version": version, "numbers": t.connection.xnat_version_tuple}


@step(1)
def what_the_server_says_of_itself(t):
    build = t.connection.xnat_build_info
    return {"version": build["version"], "uptime": sorted(t.connection.xnat_uptime)}


@step(1)
def heartbeat(t):
    t.connection.heartbeat()
    return {"keepalive": bool(t.connection.keepalive), "seconds": t.connection.session_expiration_time[1]}


@step(1)
def with_block_closes(t):
    with t.login() as other:
        jsession = other.jsession
        before = other.logged_in_user
    return {"user": before, "afterwards": t.refusal(lambda: t.xnat.connect(t.url, jsession=jsession), "Exception")}


@step(1)
def with_block_closes_after_an_exception(t):
    try:
        with t.login() as other:
            jsession = other.jsession
            raise RuntimeError
    except RuntimeError:
        return t.refusal(lambda: t.xnat.connect(t.url, jsession=jsession), "Exception")


@step(1)
def disconnect(t):
    other = t.login()
    jsession = other.jsession
    other.disconnect()
    return t.refusal(lambda: t.xnat.connect(t.url, jsession=jsession), "Exception")


@step(2)
def wrong_password(t):
    return t.refusal(lambda: t.xnat.connect(t.url, user=t.user, password="not it"), "XNATLoginFailedError")


@step(2)
def netrc(t):
    path = t.work / "netrc"
    # xnatpy looks for the port too.
    hosts = (t.url.partition("://")[2], "127.0.0.1")
    path.write_text("".join(f"machine {host}\nlogin {t.user}\npassword {t.password}\n" for host in hosts))
    path.chmod(0o600)
    with t.xnat.connect(t.url, netrc_file=str(path)) as other:
        return other.logged_in_user


@step(2)
def netrc_that_others_can_read(t):
    path = t.work / "netrc"
    path.chmod(0o644)
    return t.refusal(lambda: t.xnat.connect(t.url, netrc_file=str(path)).disconnect(), "Exception")


@step(2)
def guest_where_a_login_is_required(t):
    return t.refusal(lambda: t.xnat.connect(t.url, netrc_file=empty_netrc(t)), "XNATAuthError")


@step(2)
def guest(t):
    t.guest = t.xnat.connect(t.open_url, netrc_file=empty_netrc(t))
    return {"user": t.guest.logged_in_user, "projects": sorted(t.guest.projects.keys())}


@step(2)
def guest_reads_a_private_project(t):
    found = t.guest.get("/data/projects/sandbox")
    return [
        found.status_code,
        found.text,
        t.refusal(lambda: t.guest.create_object("/data/projects/sandbox"), "Exception"),
    ]


@step(2)
def guest_leaves(t):
    t.guest.disconnect()


def empty_netrc(t):
    path = t.work / "empty"
    path.write_text("")
    path.chmod(0o600)
    return str(path)


@step(3)
def get(t):
    answer = t.connection.get("/data/projects")
    return {"status": answer.status_code, "type": answer.headers["Content-Type"], "rows": answer.json()["ResultSet"]}


@step(3)
def get_with_the_full_url(t):
    answer = t.connection.get(t.url + "/data/projects/sandbox", format="xml")
    return {"status": answer.status_code, "text": answer.text}


@step(3)
def get_with_a_query(t):
    return t.connection.get(SUBJECTS, query={"columns": "ID,label", "format": "csv"}).text


@step(3)
def get_json(t):
    return t.connection.get_json(SUBJECTS, query={"columns": "ID,label,gender"})


@step(3)
def get_what_is_not_there(t):
    return t.refusal(lambda: t.connection.get("/data/projects/nothing"), "XNATResponseError")


@step(3)
def head(t):
    answer = t.connection.head(f"{DOCUMENTS}/README.txt")
    return {"status": answer.status_code, "length": answer.headers["Content-Length"], "body": answer.text}


@step(3)
def put(t):
    return t.connection.put(f"{SUBJECTS}/raw", query={"gender": "female"}).text


@step(3)
def put_json(t):
    answer = t.connection.put("/data/projects/sandbox/config/tool/setup", data="a: 1\n", query={"inbody": "true"})
    return {"status": answer.status_code, "kept": t.connection.get("/data/projects/sandbox/config/tool/setup").json()}


@step(3)
def post(t):
    body = '<xnat:Subject xmlns:xnat="http://nrg.wustl.edu/xnat" label="posted"/>'
    answer = t.connection.post(SUBJECTS, data=body, headers={"Content-Type": "text/xml"})
    return {"status": answer.status_code, "text": answer.text}


@step(3)
def delete(t):
    return [t.connection.delete(f"{SUBJECTS}/{label}").status_code for label in ("raw", "posted")]


@step(3)
def download(t):
    target = t.work / "readme"
    t.connection.download(f"{DOCUMENTS}/README.txt", str(target))
    return target.read_text()


@step(3)
def download_zip(t):
    target = t.work / "documents.zip"
    t.connection.download_zip(DOCUMENTS, str(target))
    return zipped(target)


@step(3)
def download_stream(t):
    target = io.BytesIO()
    t.connection.download_stream(f"{DOCUMENTS}/protocols/mr.csv", target)
    return target.getvalue().decode()


@step(3)
def upload_a_path(t):
    t.connection.upload(f"{DOCUMENTS}/from path.txt", t.inputs / "files" / "b c.txt")


@step(3)
def upload_bytes(t):
    t.connection.upload(f"{DOCUMENTS}/from_bytes.txt", b"bytes\n")


@step(3)
def upload_a_stream(t):
    t.connection.upload(f"{DOCUMENTS}/from_stream.txt", io.BytesIO(b"stream\n"))


@step(3)
def upload_what_is_there_already(t):
    return t.refusal(lambda: t.connection.upload(f"{DOCUMENTS}/from_bytes.txt", b"other\n"), "XNATError")


@step(3)
def upload_over_it(t):
    t.connection.upload(f"{DOCUMENTS}/from_bytes.txt", b"other\n", overwrite=True)
    return t.connection.get(f"{DOCUMENTS}/from_bytes.txt").text


@step(3)
def pool(t):
    return t.connection.interface is not None


@step(15)
def shared_login(t):
    other = t.xnat.connect(t.url, jsession=t.connection.jsession, cli=True)
    same = other.jsession == t.connection.jsession
    other.disconnect()
    return {"same": same, "still there": t.connection.get("/data/projects").status_code}


@step(15)
def shared_login_that_has_ended(t):
    return t.refusal(lambda: t.xnat.connect(t.url, jsession="0" * 32, cli=True), "XNATAuthError")
