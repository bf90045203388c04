"""What DICOM headers say about sessions and scans, and how their files are named (dicom-import sections 3 to 6)."""
