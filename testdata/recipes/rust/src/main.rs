// SPDX-License-Identifier: Apache-2.0
//! Renders a few shapes by marching rays and sorts the result; the `pprof` crate samples it and writes
//! profile.proto.  usage: shapes OUTPUT.pb

use std::collections::BTreeMap;
use std::io::Write;

use pprof::protos::Message;

trait Shape: Send + Sync {
    fn distance(&self, p: [f64; 3]) -> f64;
}

struct Sphere {
    center: [f64; 3],
    radius: f64,
}

struct Torus {
    major: f64,
    minor: f64,
}

struct Union(Vec<Box<dyn Shape>>);

impl Shape for Sphere {
    fn distance(&self, p: [f64; 3]) -> f64 {
        let d: f64 = p.iter().zip(self.center).map(|(a, b)| (a - b).powi(2)).sum();
        d.sqrt() - self.radius
    }
}

impl Shape for Torus {
    fn distance(&self, p: [f64; 3]) -> f64 {
        let q = p[0].hypot(p[2]) - self.major;
        q.hypot(p[1]) - self.minor
    }
}

impl Shape for Union {
    fn distance(&self, p: [f64; 3]) -> f64 {
        self.0.iter().map(|s| s.distance(p)).fold(f64::INFINITY, f64::min)
    }
}

#[inline(never)]
fn march<S: Shape + ?Sized>(shape: &S, direction: [f64; 3]) -> Option<f64> {
    let mut t = 0.0;
    for _ in 0..64 {
        let d = shape.distance([direction[0] * t, direction[1] * t, direction[2] * t - 4.0]);
        if d < 1e-4 {
            return Some(t);
        }
        t += d;
        if t > 20.0 {
            break;
        }
    }
    None
}

#[inline(never)]
fn render(shape: &dyn Shape, size: usize, seed: f64) -> Vec<f64> {
    let mut depths = Vec::new();
    for y in 0..size {
        for x in 0..size {
            let u = x as f64 / size as f64 - 0.5 + seed;
            let v = y as f64 / size as f64 - 0.5;
            let n = (u * u + v * v + 1.0).sqrt();
            depths.extend(march(shape, [u / n, v / n, 1.0 / n]));
        }
    }
    depths
}

#[inline(never)]
fn summarize(mut depths: Vec<f64>) -> BTreeMap<String, usize> {
    depths.sort_by(|a, b| b.partial_cmp(a).unwrap());
    let mut bins = BTreeMap::new();
    for d in depths {
        *bins.entry(format!("{d:.2}")).or_default() += 1;
    }
    bins
}

fn scene() -> Union {
    let spheres = (0..4).map(|i| {
        let x = f64::from(i) - 1.5;
        Box::new(Sphere { center: [x, 0.3 * x, 0.0], radius: 0.4 }) as Box<dyn Shape>
    });
    Union(spheres.chain([Box::new(Torus { major: 1.2, minor: 0.3 }) as Box<dyn Shape>]).collect())
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let output = std::env::args().nth(1).ok_or("usage: shapes OUTPUT.pb")?;
    let guard = pprof::ProfilerGuardBuilder::default()
        .frequency(199)
        .blocklist(&["libc", "libgcc", "pthread", "vdso"])
        .build()?;

    let helper = std::thread::Builder::new()
        .name("helper".into())
        .spawn(|| (0..15).map(|i| summarize(render(&scene(), 200, f64::from(i) * 0.01)).len()).sum::<usize>())?;
    let bins: usize = (0..30).map(|i| summarize(render(&scene(), 200, f64::from(i) * -0.01)).len()).sum();
    println!("{} bins", bins + helper.join().unwrap());

    let profile = guard.report().build()?.pprof()?;
    std::fs::File::create(output)?.write_all(&profile.write_to_bytes()?)?;
    Ok(())
}
