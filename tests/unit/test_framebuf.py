"""Pictures on pictures: what the firmware draws with. On CPython that is a module of the host tools."""

from framebuf import MONO_HLSB, MONO_VLSB, FrameBuffer

WIDTH, HEIGHT = 21, 24
SIZES = ((6, 10), (8, 40), (21, 3), (16, 16), (30, 30))
PLACES = ((0, 0), (3, 5), (15, 14), (0, -7), (-2, 9), (13, -3), (0, 20), (25, 0), (0, -50))


def buffer(format, width, height, seed):
    size = (height + 7) // 8 * width if format == MONO_VLSB else height * ((width + 7) // 8)
    return bytearray([(at * at + seed) * 2654435761 >> 16 & 0xFF for at in range(size)])


def pixels(frame, width, height):
    return [[frame.pixel(x, y) for x in range(width)] for y in range(height)]


def test_blit():
    for format in (MONO_VLSB, MONO_HLSB):
        for seed, (width, height) in enumerate(SIZES):
            picture = buffer(MONO_HLSB, width, height, seed)
            shown = pixels(FrameBuffer(picture, width, height, MONO_HLSB), width, height)
            for x, y in PLACES:
                for key in (-1, 0, 1):
                    frame = FrameBuffer(buffer(format, WIDTH, HEIGHT, 9), WIDTH, HEIGHT, format)
                    expected = pixels(frame, WIDTH, HEIGHT)
                    for row in range(max(0, -y), min(height, HEIGHT - y)):
                        for column in range(max(0, -x), min(width, WIDTH - x)):
                            if shown[row][column] != key:
                                expected[y + row][x + column] = shown[row][column]
                    frame.blit((picture, width, height, MONO_HLSB), x, y, key)
                    assert pixels(frame, WIDTH, HEIGHT) == expected, (format, width, x, y, key)


def test_a_window_on_a_picture_draws_nowhere_else():
    picture = buffer(MONO_HLSB, 32, 30, 1)
    whole = buffer(MONO_HLSB, 32, 10, 2)
    before = bytes(whole)
    FrameBuffer(whole, 8, 10, MONO_HLSB, 32).blit((picture, 32, 30, MONO_HLSB), 0, -10)
    for row in range(10):
        assert whole[4 * row] == picture[4 * (10 + row)]
        assert whole[4 * row + 1 : 4 * row + 4] == before[4 * row + 1 : 4 * row + 4]


def test_fill():
    for format in (MONO_VLSB, MONO_HLSB):
        for width, height in SIZES:
            drawn = buffer(format, width, height, 3)
            frame = FrameBuffer(drawn, width, height, format)
            for colour in (0, 1):
                frame.fill(colour)
                assert pixels(frame, width, height) == [[colour] * width] * height
