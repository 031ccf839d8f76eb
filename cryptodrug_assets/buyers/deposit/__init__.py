"""What a social science archive is given: the survey documented in DDI, and checklists of reporting standards.

Pure: descriptions in, bytes out. Answers of persons never come here; counts do, and small ones are left out.
"""
