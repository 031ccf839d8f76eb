"""Coded interviews: readers of the files of coding programs, who coded what, agreement of coders, themes.

Pure: bytes and frames in, frames out. No Dagster and no terminal. Transcripts and names of coders stay in what belongs
to the layers raw and parsed.
"""
