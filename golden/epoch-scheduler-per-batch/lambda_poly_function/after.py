"""Polynomial decay, as segmentation code likes it."""
import torch
import torch.nn as nn


def poly(optimizer, num_epochs, power=0.9):
    return torch.optim.lr_scheduler.LambdaLR(optimizer, lambda e: (1 - min(e, num_epochs) / num_epochs) ** power)


def train(net, batches, num_epochs=3):
    optimizer = torch.optim.SGD(net.parameters(), lr=0.3)
    scheduler = poly(optimizer, num_epochs)
    for epoch in range(num_epochs):
        for i, (image, mask) in enumerate(batches):
            logits = net(image)
            loss = nn.functional.binary_cross_entropy_with_logits(logits, mask)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            if i % 5 == 0:
                print(epoch, i, round(loss.item(), 4), scheduler.get_last_lr())
        scheduler.step()


torch.manual_seed(3)
data = []
for _ in range(10):
    image = torch.randn(4, 1, 8, 8)
    data.append((image, (image > 0.5).float()))
train(nn.Conv2d(1, 1, 3, padding=1), torch.utils.data.DataLoader(data, batch_size=None, shuffle=True))
