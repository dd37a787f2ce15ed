//! Pixels, and how they become a PNG.

use super::fonts::Mask;
use super::picture::{Grid, Kind};
use super::theme::{Rgb, mixed};
use std::collections::HashMap;

/// How hard pictures with a palette are compressed (of 9).
const LEVEL: u8 = 4;

/// A picture in the making.
pub(super) struct Canvas {
    width: usize,
    pixels: Vec<Rgb>,
}

/// A rectangle of pixels.
#[derive(Debug, Clone, Copy)]
pub(super) struct Area {
    pub(super) x: u32,
    pub(super) y: u32,
    pub(super) width: u32,
    pub(super) height: u32,
}

impl Canvas {
    pub(super) fn new(grid: &Grid, background: Rgb) -> Self {
        let (width, height) = (grid.width() as usize, grid.height() as usize);
        Self {
            width,
            pixels: vec![background; width * height],
        }
    }

    /// The pixels of the area that lie on the canvas, row after row.
    fn rows(&mut self, area: Area) -> impl Iterator<Item = &mut [Rgb]> {
        let left = (area.x as usize).min(self.width);
        let right = (left + area.width as usize).min(self.width);
        self.pixels
            .chunks_exact_mut(self.width)
            .skip(area.y as usize)
            .take(area.height as usize)
            .map(move |row| &mut row[left..right])
    }

    pub(super) fn fill(&mut self, area: Area, colour: Rgb) {
        for row in self.rows(area) {
            row.fill(colour);
        }
    }

    /// Prints `ink` through the mask of the area's width, onto what is there.
    pub(super) fn print(&mut self, area: Area, mask: &Mask, ink: Rgb) {
        let covered = mask.chunks_exact(area.width as usize);
        for (row, covered) in self.rows(area).zip(covered) {
            for (pixel, &share) in row.iter_mut().zip(covered) {
                match share {
                    0 => {}
                    15 => *pixel = ink,
                    _ => *pixel = mixed(*pixel, ink, share),
                }
            }
        }
    }

    /// The picture with a palette; `None` where it has more than 256 colours.
    pub(super) fn indexed(&self) -> Option<Indexed> {
        indexed(&self.pixels)
    }

    /// The picture as a PNG, with that palette or without one.
    pub(super) fn into_png(self, indexed: Option<Indexed>) -> Result<Vec<u8>, Kind> {
        let height = self.pixels.len() / self.width;
        let mut out = Vec::with_capacity(self.pixels.len() / 32);
        let size = |length: usize| u32::try_from(length).unwrap_or(u32::MAX);
        let mut encoder = png::Encoder::new(&mut out, size(self.width), size(height));
        let data = if let Some(Indexed { palette, data }) = indexed {
            // Of the levels of DEFLATE this one is by far the best bargain for such pictures. A
            // filter makes differences, which for places in a palette mean nothing.
            encoder.set_deflate_compression(png::DeflateCompression::Level(LEVEL));
            encoder.set_filter(png::Filter::NoFilter);
            encoder.set_color(png::ColorType::Indexed);
            let few = palette.len() <= 16;
            encoder.set_palette(palette.into_flattened());
            encoder.set_depth(if few {
                png::BitDepth::Four
            } else {
                png::BitDepth::Eight
            });
            if few { packed(&data, self.width) } else { data }
        } else {
            encoder.set_compression(png::Compression::Fast);
            encoder.set_color(png::ColorType::Rgb);
            encoder.set_depth(png::BitDepth::Eight);
            let bytes = self.pixels.iter();
            bytes
                .flat_map(|&(red, green, blue)| [red, green, blue])
                .collect()
        };
        let mut writer = encoder.write_header()?;
        writer.write_image_data(&data)?;
        writer.finish()?;
        Ok(out)
    }
}

/// A picture of at most 256 colours.
pub(super) struct Indexed {
    palette: Vec<[u8; 3]>,
    /// Each pixel's place in the palette.
    data: Vec<u8>,
}

/// The colours and each pixel's place among them; `None` where there are more than 256.
fn indexed(pixels: &[Rgb]) -> Option<Indexed> {
    let mut places: HashMap<Rgb, u8> = HashMap::new();
    let mut palette = Vec::new();
    let mut data = Vec::with_capacity(pixels.len());
    for stretch in pixels.chunk_by(|one, next| one == next) {
        let colour = stretch[0];
        let place = match places.get(&colour) {
            Some(&place) => place,
            None => {
                let place = u8::try_from(palette.len()).ok()?;
                palette.push([colour.0, colour.1, colour.2]);
                places.insert(colour, place);
                place
            }
        };
        data.resize(data.len() + stretch.len(), place);
    }
    Some(Indexed { palette, data })
}

/// Two pixels to a byte, each row from a new byte.
fn packed(data: &[u8], width: usize) -> Vec<u8> {
    let rows = data.chunks_exact(width);
    rows.flat_map(|row| row.chunks(2))
        .map(|pair| pair[0] << 4 | pair.get(1).copied().unwrap_or(0))
        .collect()
}
