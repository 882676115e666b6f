import numpy
import torch
from torch import nn
from torch.utils import data


class Cropped(data.Dataset):
    def __init__(self, images, seed):
        self.images, self.state = images, numpy.random.RandomState(seed)

    def crop(self, image):
        left = self.state.randint(0, 4)
        return image[left:left + 8]

    def __getitem__(self, index):
        return self.crop(self.images[index]), index % 2

    def __len__(self):
        return len(self.images)


torch.manual_seed(0)
images = Cropped(torch.randn(40, 12), seed=3)
batches = data.DataLoader(
    images,
    batch_size=10,
    num_workers=1,
)
model = nn.Linear(8, 2)
opt = torch.optim.Adam(model.parameters())
for epoch in range(2):
    for image, label in batches:
        loss = nn.functional.cross_entropy(model(image), label)
        opt.zero_grad()
        loss.backward()
        opt.step()
    print(loss.item())
