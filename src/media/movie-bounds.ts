/**
 * Frames of more pixels than 8K has are no phone's, and a few kilobytes of movie can hold them: ffmpeg took 800 MB for one of 144
 * megapixels. Source: ffmpeg.org/ffmpeg-codecs.html (max_pixels).
 */
export const movieBounds = ["-max_pixels", String(2 ** 25)] as const;
