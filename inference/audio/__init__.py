"""Audio in and out, and text into pieces: pure functions on NumPy arrays.

Samples are mono float32 in [-1, 1], shape ``(n,)``; rates are in Hz, times in seconds,
levels in dB relative to full scale (a full-scale square wave has 0 dBFS RMS).
"""
