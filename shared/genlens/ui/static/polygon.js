// Is the point [x, y] inside the polygon `corners`, a list of points? (Even-odd rule.)
function inside([x, y], corners) {
  let within = false;
  corners.forEach(([ax, ay], i) => {
    const [bx, by] = corners[(i + 1) % corners.length];
    if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) within = !within;
  });
  return within;
}
