import torch
from torch import nn, optim

torch.manual_seed(0)

model = nn.Sequential(nn.Linear(36, 24),
                      nn.ReLU(),
                      nn.Linear(24, 24),
                      nn.ReLU(),
                      nn.Linear(24, 4))

criterion = nn.CrossEntropyLoss()
optimizer = optim.SGD(model.parameters(), lr=0.2, momentum=0.9)

bars = torch.zeros(4, 6, 6)
bars[0, 1] = bars[1, 4] = bars[2, :, 1] = bars[3, :, 4] = 1.0
labels = torch.randint(0, 4, (320,))
images = bars[labels] + 0.2 * torch.randn(320, 6, 6)
trainloader = torch.utils.data.DataLoader(list(zip(images, labels)), batch_size=32, shuffle=True)

epochs = 5
for e in range(epochs):
    running_loss = 0
    for images, labels in trainloader:
        images = images.view(images.shape[0], -1)

        optimizer.zero_grad()
        output = model(images)
        loss = criterion(output, labels)
        loss.backward()
        optimizer.step()

        running_loss += loss.item()
    else:
        print(f"Training loss: {running_loss / len(trainloader)}")
