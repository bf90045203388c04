"""Steps 13 and 14 of the tutorial: remote files as local ones, DICOM headers."""

import pydicom

from .tour import md5, step


@step(13)
def read_the_start_of_a_file(t):
    with t.files[0].open() as stream:
        data = stream.read(3000)
    return [len(data), md5(data)]


@step(13)
def read_on(t):
    with t.files[0].open() as stream:
        return [md5(stream.read(100)), md5(stream.read(100)), stream.tell()]


@step(13)
def seek(t):
    with t.files[0].open() as stream:
        stream.seek(128)
        return [stream.read(4).decode(), stream.tell()]


@step(13)
def read_all(t):
    with t.files[0].open() as stream:
        return md5(stream.read())


@step(13)
def pydicom_on_a_remote_file(t):
    with t.files[0].open() as stream:
        found = pydicom.dcmread(stream, stop_before_pixels=True)
    return [str(found.PatientName), found.Rows, "PixelData" in found]


@step(13)
def open_a_file_that_is_gone(t):
    t.forget(t.documents)
    found = t.documents.files["from_stream.txt"]
    found.delete()

    def read():
        with found.open() as stream:
            return stream.read(10)

    return t.refusal(read, "XNATError")


@step(14)
def dump_by_uri(t):
    uri = f"/archive/projects/sandbox/experiments/{t.session.id}/scans/{t.scan.id}"
    return t.connection.services.dicom_dump(src=uri)


@step(14)
def dump_of_a_scan(t):
    return t.scan.dicom_dump()


@step(14)
def dump_of_named_fields(t):
    return t.scan.dicom_dump(fields=["PatientID", "0008103E"])


@step(14)
def dump_with_a_field_that_is_none(t):
    return t.refusal(lambda: t.scan.dicom_dump(fields=["no field"]), "Exception")


@step(14)
def read_dicom(t):
    found = t.scan.read_dicom()
    return [str(found.SeriesDescription), found.InstanceNumber, "PixelData" in found]


@step(14)
def read_dicom_with_pixels(t):
    t.forget(t.scan)
    found = t.scan.read_dicom(read_pixel_data=True)
    return [found.InstanceNumber, md5(found.PixelData)]


@step(14)
def read_dicom_of_one_file(t):
    t.forget(t.scan)
    dicom = t.scan.resources["DICOM"].files
    return t.scan.read_dicom(file=dicom[5]).InstanceNumber


@step(1)
def the_end(t):
    jsession = t.connection.jsession
    t.connection.disconnect()
    return t.refusal(lambda: t.xnat.connect(t.url, jsession=jsession), "Exception")
