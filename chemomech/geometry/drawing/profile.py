"""The upper face of a layer as a line of points: flat, a wave, teeth, or rough.

A rough face has a height spectrum: a sum of cosines that repeats with the width W, with random
phases and amplitudes from the spectrum of a self-affine face, C(q) ∝ (1 + q² ξ²)^-(1/2 + H), the
one-dimensional form of the k-correlation model (G. Palasantzas, Phys. Rev. B 48, 14472 (1993),
doi:10.1103/PhysRevB.48.14472†): flat below q = 1/ξ, falling as q^-(1 + 2H) above. The amplitudes
are scaled so that the root mean square over the width is the one asked for; waves end at SHORTEST
mesh sizes.
"""

import numpy as np

SHORTEST = 4.0  # edges per wave
POINTS_PER_EDGE = 4


def flat(width: float, height: float) -> np.ndarray:
    """Return the two ends of a flat face."""
    return np.array([[0.0, height], [width, height]])


def wave(
    width: float, height: float, amplitude: float, wavelength: float, size: float
) -> np.ndarray:
    """Return points (n, 2) of height - amplitude cos(2 π x / wavelength).

    Parameters
    ----------
    width, height : float
        Extent of the line and its mean height.
    amplitude, wavelength : float
        Of the wave.
    size : float
        Edge length of the mesh, all in one unit.
    """
    x = np.linspace(0.0, width, int(np.ceil(POINTS_PER_EDGE * width / size)) + 1)
    return np.column_stack([x, height - amplitude * np.cos(2.0 * np.pi * x / wavelength)])


def teeth(width: float, height: float, amplitude: float, wavelength: float) -> np.ndarray:
    """Return the corners (n, 2) of a square wave, low at the sides, half of the width high.

    Parameters
    ----------
    width, height : float
        Extent of the line and its mean height.
    amplitude, wavelength : float
        |y - height| = amplitude; all in one unit.
    """
    line = [[0.0, height - amplitude]]
    for tooth in range(round(width / wavelength)):
        start, end = (tooth + 0.25) * wavelength, (tooth + 0.75) * wavelength
        low, high = height - amplitude, height + amplitude
        line += [[start, low], [start, high], [end, high], [end, low]]
    return np.array([*line, [width, height - amplitude]])


def spectrum(wave_number: np.ndarray, correlation_length: float, hurst: float) -> np.ndarray:
    """Return C(q) up to a factor, see the module.

    Parameters
    ----------
    wave_number : (n,) array
        q [1/length].
    correlation_length : float
        ξ [length].
    hurst : float
        H, 0 < H <= 1.
    """
    return (1.0 + (wave_number * correlation_length) ** 2) ** -(0.5 + hurst)


def rough(
    width: float,
    height: float,
    roughness: float,
    correlation_length: float,
    hurst: float,
    size: float,
    generator: np.random.Generator,
) -> np.ndarray:
    """Return points (n, 2) of a rough face about a height, with exactly the asked roughness.

    Parameters
    ----------
    width, height : float
        Extent of the line and its mean height.
    roughness : float
        Root mean square of the height.
    correlation_length : float
        ξ, see the module.
    hurst : float
        H, 0 < H <= 1.
    size : float
        Edge length of the mesh, all lengths in one unit.
    generator : numpy.random.Generator
        Source of the random phases.
    """
    count = max(1, int(width / (SHORTEST * size)))
    q = 2.0 * np.pi / width * np.arange(1, count + 1)
    amplitude = np.sqrt(spectrum(q, correlation_length, hurst))
    amplitude *= roughness * np.sqrt(2.0 / np.sum(amplitude**2))
    phase = generator.uniform(0.0, 2.0 * np.pi, count)
    x = np.linspace(0.0, width, int(np.ceil(POINTS_PER_EDGE * width / size)) + 1)
    y = height + np.cos(np.outer(x, q) + phase) @ amplitude
    y[-1] = y[0]
    return np.column_stack([x, y])
