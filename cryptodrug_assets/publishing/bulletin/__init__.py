"""The monthly shipping bulletin: content.py picks its values, restricted.py those of the restricted edition, texts.py
says them, pdf.py and files.py write them, sending.py keeps who was sent what."""
